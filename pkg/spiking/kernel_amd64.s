#include "go_asm.h"
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

// DRIVE moves four entries from AX on, with x in Y1 and due in Y5, rounds u to w, and adds
// the squares of u to Y6.
#define DRIVE \
	VMULPD  Y1, Y15, Y1          \
	VMULPD  (DI)(AX*8), Y14, Y0  \
	VMOVUPD (R8)(AX*8), Y2       \
	VADDPD  (R9)(AX*8), Y2, Y3   \
	VADDPD  Y1, Y0, Y0           \
	VADDPD  Y3, Y0, Y0           \
	VSUBPD  Y5, Y0, Y0           \
	VMOVUPD Y0, (DI)(AX*8)       \
	ROUND                        \
	VMULPD  Y0, Y0, Y0           \
	VADDPD  Y0, Y6, Y6           \
	VMULPD  Y14, Y2, Y2          \
	VMULPD  (R10)(AX*8), Y14, Y4 \
	VMOVUPD Y2, (R8)(AX*8)       \
	VMOVUPD Y4, (R10)(AX*8)

// ROUND rounds four entries of u, in Y0, to those of w from AX on.
#define ROUND \
	VMULPD     Y0, Y13, Y7    \
	VCVTPD2DQY Y7, X7         \
	VPACKSSDW  X7, X7, X7     \
	VMOVQ      X7, (R12)(AX*2)

// func drive(m *motion, s *voltageSearch, input, x, due *float64, n int) (square float64)
TEXT ·drive(SB), NOSPLIT, $0-56
	CMPB ·hasAVX2(SB), $0
	JNE  avx2
	JMP  ·driveGo(SB)

avx2:
	MOVQ m+0(FP), DX
	MOVQ s+8(FP), BX
	MOVQ input+16(FP), R9
	MOVQ x+24(FP), SI
	MOVQ due+32(FP), R11
	MOVQ n+40(FP), CX
	MOVQ motion_u(DX), DI
	MOVQ motion_flow(DX), R8
	MOVQ motion_z(DX), R10
	MOVQ voltageSearch_w(BX), R12
	VBROADCASTSD voltageSearch_per(BX), Y13
	VBROADCASTSD motion_kappa(DX), Y14
	VBROADCASTSD motion_noise(DX), Y15
	VXORPD Y6, Y6, Y6
	XORL AX, AX
	SUBQ $4, CX
	JLT  rest

four:
	VMOVUPD (SI)(AX*8), Y1
	VMOVUPD (R11)(AX*8), Y5
	DRIVE
	ADDQ    $4, AX
	CMPQ    AX, CX
	JLE     four

rest: // of x and due, fewer than four
	ADDQ   $4, CX
	SUBQ   AX, CX
	JZ     done
	VMOVSD (SI)(AX*8), X1
	VMOVSD (R11)(AX*8), X5
	CMPQ   CX, $2
	JLT    move
	VMOVUPD (SI)(AX*8), X1
	VMOVUPD (R11)(AX*8), X5
	JEQ    move
	VMOVSD 16(SI)(AX*8), X2
	VMOVSD 16(R11)(AX*8), X3
	VINSERTF128 $1, X2, Y1, Y1
	VINSERTF128 $1, X3, Y5, Y5

move:
	DRIVE

done: // as portable.Dot adds
	VHADDPD      Y6, Y6, Y6
	VEXTRACTF128 $1, Y6, X0
	VADDSD       X0, X6, X6
	VMOVSD       X6, square+48(FP)
	VZEROUPPER
	RET

// func roundAVX2(s *voltageSearch)
TEXT ·roundAVX2(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), BX
	MOVQ voltageSearch_u(BX), DI
	MOVQ voltageSearch_u+8(BX), CX
	MOVQ voltageSearch_w(BX), R12
	VBROADCASTSD voltageSearch_per(BX), Y13
	XORL AX, AX

four:
	VMOVUPD (DI)(AX*8), Y0
	ROUND
	ADDQ    $4, AX
	CMPQ    AX, CX
	JLT     four
	VZEROUPPER
	RET

// func addSpike(m *motion, column, drift *float64, n int)
TEXT ·addSpike(SB), NOSPLIT, $0-32
	CMPB ·hasAVX2(SB), $0
	JNE  avx2
	JMP  ·addSpikeGo(SB)

avx2:
	MOVQ m+0(FP), R8
	MOVQ column+8(FP), SI
	MOVQ drift+16(FP), R9
	MOVQ n+24(FP), CX
	MOVQ motion_z(R8), DI
	MOVQ motion_flow(R8), R8
	XORQ AX, AX
	SUBQ $4, CX
	JLT  rest

four:
	VMOVUPD (SI)(AX*8), Y0
	VMOVUPD (R9)(AX*8), Y1
	VADDPD  (DI)(AX*8), Y0, Y0
	VADDPD  (R8)(AX*8), Y1, Y1
	VMOVUPD Y0, (DI)(AX*8)
	VMOVUPD Y1, (R8)(AX*8)
	ADDQ    $4, AX
	CMPQ    AX, CX
	JLE     four

rest: // of column and drift, fewer than four
	ADDQ $4, CX
	SUBQ AX, CX
	JZ   done
	VMOVQ        CX, X5
	VPBROADCASTQ X5, Y5
	VPCMPGTQ     indices<>(SB), Y5, Y5
	VMASKMOVPD   (SI)(AX*8), Y5, Y0
	VMASKMOVPD   (R9)(AX*8), Y5, Y1
	VADDPD       (DI)(AX*8), Y0, Y0
	VADDPD       (R8)(AX*8), Y1, Y1
	VMOVUPD      Y0, (DI)(AX*8)
	VMOVUPD      Y1, (R8)(AX*8)

done:
	VZEROUPPER
	RET
