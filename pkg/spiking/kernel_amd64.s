#include "textflag.h"

// Products are rounded before they are added (no fused multiply-add), so that
// the results are those of the Go code.

// func mulTilesAVX2(v, m, u, q *float64, p, count int, offset, scale float64)
TEXT ·mulTilesAVX2(SB), NOSPLIT, $0-64
	MOVQ v+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ u+16(FP), DX
	MOVQ q+24(FP), BX
	MOVQ p+32(FP), R8
	MOVQ count+40(FP), R9
	VBROADCASTSD offset+48(FP), Y14
	VBROADCASTSD scale+56(FP), Y15

tile: // Y0–Y3 are the sums of 16 neurons, from offset − scale·q
	VMULPD (BX), Y15, Y0
	VMULPD 32(BX), Y15, Y1
	VMULPD 64(BX), Y15, Y2
	VMULPD 96(BX), Y15, Y3
	VSUBPD Y0, Y14, Y0
	VSUBPD Y1, Y14, Y1
	VSUBPD Y2, Y14, Y2
	VSUBPD Y3, Y14, Y3
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
	ADDQ    $128, BX
	DECQ    R9
	JNZ     tile
	VZEROUPPER
	RET

// func maximaTilesAVX2(best, v, shift, threshold *float64, count int) (above int)
TEXT ·maximaTilesAVX2(SB), NOSPLIT, $0-48
	MOVQ best+0(FP), DI
	MOVQ v+8(FP), SI
	MOVQ shift+16(FP), DX
	MOVQ threshold+24(FP), BX
	MOVQ count+32(FP), R9
	XORQ AX, AX

tile:
	VMOVUPD (SI), Y0
	VMOVUPD 32(SI), Y1
	VMOVUPD 64(SI), Y2
	VMOVUPD 96(SI), Y3

	// Count v > threshold (predicate 0x1E: greater, ordered, quiet).
	VCMPPD    $0x1E, (BX), Y0, Y4
	VCMPPD    $0x1E, 32(BX), Y1, Y5
	VCMPPD    $0x1E, 64(BX), Y2, Y6
	VCMPPD    $0x1E, 96(BX), Y3, Y7
	VMOVMSKPD Y4, R10
	VMOVMSKPD Y5, R11
	VMOVMSKPD Y6, R12
	VMOVMSKPD Y7, R13
	SHLQ      $4, R11
	SHLQ      $8, R12
	SHLQ      $12, R13
	ORQ       R11, R10
	ORQ       R13, R12
	ORQ       R12, R10
	POPCNTQ   R10, R10
	ADDQ      R10, AX

	// The largest of v − shift.
	VSUBPD       (DX), Y0, Y0
	VSUBPD       32(DX), Y1, Y1
	VSUBPD       64(DX), Y2, Y2
	VSUBPD       96(DX), Y3, Y3
	VMAXPD       Y1, Y0, Y0
	VMAXPD       Y3, Y2, Y2
	VMAXPD       Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPD       X1, X0, X0
	VPERMILPD    $1, X0, X1
	VMAXSD       X1, X0, X0
	VMOVSD       X0, (DI)

	ADDQ $8, DI
	ADDQ $128, SI
	ADDQ $128, DX
	ADDQ $128, BX
	DECQ R9
	JNZ  tile
	VZEROUPPER
	MOVQ AX, above+40(FP)
	RET

// func driveAVX2(u, x, flow, input, z *float64, n int, kappa, noise float64)
TEXT ·driveAVX2(SB), NOSPLIT, $0-64
	MOVQ u+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ flow+16(FP), R8
	MOVQ input+24(FP), R9
	MOVQ z+32(FP), R10
	MOVQ n+40(FP), CX
	VBROADCASTSD kappa+48(FP), Y14
	VBROADCASTSD noise+56(FP), Y15
	XORQ AX, AX

four:
	VMULPD  (DI)(AX*8), Y14, Y0
	VMULPD  (SI)(AX*8), Y15, Y1
	VMOVUPD (R8)(AX*8), Y2
	VADDPD  (R9)(AX*8), Y2, Y3
	VADDPD  Y1, Y0, Y0
	VADDPD  Y3, Y0, Y0
	VMULPD  Y14, Y2, Y2
	VMULPD  (R10)(AX*8), Y14, Y4
	VMOVUPD Y0, (DI)(AX*8)
	VMOVUPD Y2, (R8)(AX*8)
	VMOVUPD Y4, (R10)(AX*8)
	ADDQ    $4, AX
	CMPQ    AX, CX
	JLT     four
	VZEROUPPER
	RET
