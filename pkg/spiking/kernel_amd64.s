#include "textflag.h"

// Products are rounded before they are added (no fused multiply-add), so that
// the results are those of the Go code.

// func mulTilesAVX2(v, m, u *float64, p, count int)
TEXT ·mulTilesAVX2(SB), NOSPLIT, $0-40
	MOVQ v+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ u+16(FP), DX
	MOVQ p+24(FP), R8
	MOVQ count+32(FP), R9

tile: // Y0–Y3 are the sums of 16 neurons
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	MOVQ   DX, R10
	MOVQ   R8, CX

dim: // add u[d] times row d of the tile
	VBROADCASTSD (R10), Y4
	VMULPD (SI), Y4, Y5
	VMULPD 32(SI), Y4, Y6
	VMULPD 64(SI), Y4, Y7
	VMULPD 96(SI), Y4, Y8
	VADDPD Y5, Y0, Y0
	VADDPD Y6, Y1, Y1
	VADDPD Y7, Y2, Y2
	VADDPD Y8, Y3, Y3
	ADDQ   $128, SI
	ADDQ   $8, R10
	DECQ   CX
	JNZ    dim

	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	ADDQ    $128, DI
	DECQ    R9
	JNZ     tile
	VZEROUPPER
	RET

DATA indices<>+0(SB)/8, $0
DATA indices<>+8(SB)/8, $1
DATA indices<>+16(SB)/8, $2
DATA indices<>+24(SB)/8, $3
GLOBL indices<>(SB), RODATA|NOPTR, $32

// DRIVE moves four entries from AX on, with due in Y5.
#define DRIVE \
	VMULPD  (DI)(AX*8), Y14, Y0  \
	VMULPD  (SI)(AX*8), Y15, Y1  \
	VMOVUPD (R8)(AX*8), Y2       \
	VADDPD  (R9)(AX*8), Y2, Y3   \
	VADDPD  Y1, Y0, Y0           \
	VADDPD  Y3, Y0, Y0           \
	VSUBPD  Y5, Y0, Y0           \
	VMULPD  Y14, Y2, Y2          \
	VMULPD  (R10)(AX*8), Y14, Y4 \
	VMOVUPD Y0, (DI)(AX*8)       \
	VMOVUPD Y2, (R8)(AX*8)       \
	VMOVUPD Y4, (R10)(AX*8)

// func driveAVX2(u, x, flow, input, z, due *float64, n int, kappa, noise float64)
TEXT ·driveAVX2(SB), NOSPLIT, $0-72
	MOVQ u+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ flow+16(FP), R8
	MOVQ input+24(FP), R9
	MOVQ z+32(FP), R10
	MOVQ due+40(FP), R11
	MOVQ n+48(FP), CX
	VBROADCASTSD kappa+56(FP), Y14
	VBROADCASTSD noise+64(FP), Y15
	XORQ AX, AX
	SUBQ $4, CX
	JLT  rest

four:
	VMOVUPD (R11)(AX*8), Y5
	DRIVE
	ADDQ    $4, AX
	CMPQ    AX, CX
	JLE     four

rest: // of due, fewer than four
	ADDQ $4, CX
	SUBQ AX, CX
	JZ   done
	VMOVQ        CX, X5
	VPBROADCASTQ X5, Y5
	VPCMPGTQ     indices<>(SB), Y5, Y5
	VMASKMOVPD   (R11)(AX*8), Y5, Y5
	DRIVE

done:
	VZEROUPPER
	RET
