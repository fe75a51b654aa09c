#include "textflag.h"

// Products are rounded before they are added (no fused multiply-add), and the
// four lanes are the four partial sums of Dot, so that the results are those of
// the Go code.

// func dot4AVX2(dst *[4]float64, a, x *float64, n int)
TEXT ·dot4AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ (SI)(CX*8), R8
	LEAQ (R8)(CX*8), R9
	LEAQ (R9)(CX*8), R10
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3
	MOVQ CX, BX
	ANDQ $3, BX
	SHRQ $2, CX
	JZ   halves

four: // entries of x, with each of the four rows
	VMOVUPD (DX), Y4
	VMULPD (SI), Y4, Y5
	VMULPD (R8), Y4, Y6
	VMULPD (R9), Y4, Y7
	VMULPD (R10), Y4, Y8
	VADDPD Y5, Y0, Y0
	VADDPD Y6, Y1, Y1
	VADDPD Y7, Y2, Y2
	VADDPD Y8, Y3, Y3
	ADDQ   $32, DX
	ADDQ   $32, SI
	ADDQ   $32, R8
	ADDQ   $32, R9
	ADDQ   $32, R10
	DECQ   CX
	JNZ    four

halves: // X0–X3 keep the partial sums 0 and 1, X9–X12 get 2 and 3
	VEXTRACTF128 $1, Y0, X9
	VEXTRACTF128 $1, Y1, X10
	VEXTRACTF128 $1, Y2, X11
	VEXTRACTF128 $1, Y3, X12
	TESTQ        BX, BX
	JZ           sums

one: // entry more, into the partial sum 0
	VMOVSD (DX), X4
	VMULSD (SI), X4, X5
	VMULSD (R8), X4, X6
	VMULSD (R9), X4, X7
	VMULSD (R10), X4, X8
	VADDSD X5, X0, X0
	VADDSD X6, X1, X1
	VADDSD X7, X2, X2
	VADDSD X8, X3, X3
	ADDQ   $8, DX
	ADDQ   $8, SI
	ADDQ   $8, R8
	ADDQ   $8, R9
	ADDQ   $8, R10
	DECQ   BX
	JNZ    one

sums: // (0 + 1) + (2 + 3)
	VHADDPD X9, X0, X0
	VHADDPD X10, X1, X1
	VHADDPD X11, X2, X2
	VHADDPD X12, X3, X3
	VHADDPD X1, X0, X0
	VHADDPD X3, X2, X2
	VMOVUPD X0, (DI)
	VMOVUPD X2, 16(DI)
	VZEROUPPER
	RET

// func axpy4AVX2(y, a *float64, w *[4]float64, n int)
TEXT ·axpy4AVX2(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ w+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ (SI)(CX*8), R8
	LEAQ (R8)(CX*8), R9
	LEAQ (R9)(CX*8), R10
	VBROADCASTSD (DX), Y0
	VBROADCASTSD 8(DX), Y1
	VBROADCASTSD 16(DX), Y2
	VBROADCASTSD 24(DX), Y3
	MOVQ CX, BX
	ANDQ $3, BX
	SHRQ $2, CX
	JZ   rest

four:
	VMOVUPD (DI), Y4
	VMULPD (SI), Y0, Y5
	VMULPD (R8), Y1, Y6
	VMULPD (R9), Y2, Y7
	VMULPD (R10), Y3, Y8
	VADDPD Y5, Y4, Y4
	VADDPD Y6, Y4, Y4
	VADDPD Y7, Y4, Y4
	VADDPD Y8, Y4, Y4
	VMOVUPD Y4, (DI)
	ADDQ   $32, DI
	ADDQ   $32, SI
	ADDQ   $32, R8
	ADDQ   $32, R9
	ADDQ   $32, R10
	DECQ   CX
	JNZ    four

rest:
	TESTQ BX, BX
	JZ    done

one:
	VMOVSD (DI), X4
	VMULSD (SI), X0, X5
	VMULSD (R8), X1, X6
	VMULSD (R9), X2, X7
	VMULSD (R10), X3, X8
	VADDSD X5, X4, X4
	VADDSD X6, X4, X4
	VADDSD X7, X4, X4
	VADDSD X8, X4, X4
	VMOVSD X4, (DI)
	ADDQ   $8, DI
	ADDQ   $8, SI
	ADDQ   $8, R8
	ADDQ   $8, R9
	ADDQ   $8, R10
	DECQ   BX
	JNZ    one

done:
	VZEROUPPER
	RET

// func addOuter4AVX2(s, x *float64, w *[4]float64, n int)
TEXT ·addOuter4AVX2(SB), NOSPLIT, $0-32
	MOVQ s+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ w+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ (SI)(CX*8), R8
	LEAQ (R8)(CX*8), R9
	LEAQ (R9)(CX*8), R10
	XORQ R11, R11

row: // R11 of S: the weights times the entries R11 of the rows of X
	VMOVSD (DX), X0
	VMOVSD 8(DX), X1
	VMOVSD 16(DX), X2
	VMOVSD 24(DX), X3
	VMULSD (SI)(R11*8), X0, X0
	VMULSD (R8)(R11*8), X1, X1
	VMULSD (R9)(R11*8), X2, X2
	VMULSD (R10)(R11*8), X3, X3
	VBROADCASTSD X0, Y0
	VBROADCASTSD X1, Y1
	VBROADCASTSD X2, Y2
	VBROADCASTSD X3, Y3
	XORQ BX, BX

four: // entries, up to the diagonal and beyond it to a multiple of four
	VMOVUPD (DI)(BX*8), Y4
	VMULPD (SI)(BX*8), Y0, Y5
	VMULPD (R8)(BX*8), Y1, Y6
	VMULPD (R9)(BX*8), Y2, Y7
	VMULPD (R10)(BX*8), Y3, Y8
	VADDPD Y5, Y4, Y4
	VADDPD Y6, Y4, Y4
	VADDPD Y7, Y4, Y4
	VADDPD Y8, Y4, Y4
	VMOVUPD Y4, (DI)(BX*8)
	ADDQ $4, BX
	CMPQ BX, R11
	JLE  four
	LEAQ (DI)(CX*8), DI
	INCQ R11
	CMPQ R11, CX
	JLT  row
	VZEROUPPER
	RET
