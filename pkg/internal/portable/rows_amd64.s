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

// EIGHT_ROWS stores the addresses of eight rows of CX numbers, the first at SI, in SI,
// R8 to R13 and BX.
#define EIGHT_ROWS \
	LEAQ (SI)(CX*8), R8;   \
	LEAQ (R8)(CX*8), R9;   \
	LEAQ (R9)(CX*8), R10;  \
	LEAQ (R10)(CX*8), R11; \
	LEAQ (R11)(CX*8), R12; \
	LEAQ (R12)(CX*8), R13; \
	LEAQ (R13)(CX*8), BX

// FOUR_OF and ONE_OF multiply entries of a row with those of x, and add.
#define FOUR_OF(row, sum, product) \
	VMULPD (row)(AX*8), Y8, product; \
	VADDPD product, sum, sum
#define ONE_OF(row, sum) \
	VMULSD (row)(AX*8), X16, X17; \
	VADDSD X17, sum, sum

// HALVES leaves the partial sums 0 and 1 of each row in X0–X7, and stores 2 and 3 in
// X8–X15.
#define HALVES \
	VEXTRACTF128 $1, Y0, X8;  \
	VEXTRACTF128 $1, Y1, X9;  \
	VEXTRACTF128 $1, Y2, X10; \
	VEXTRACTF128 $1, Y3, X11; \
	VEXTRACTF128 $1, Y4, X12; \
	VEXTRACTF128 $1, Y5, X13; \
	VEXTRACTF128 $1, Y6, X14; \
	VEXTRACTF128 $1, Y7, X15

// STORE_SUMS stores (0 + 1) + (2 + 3) of each row in the eight numbers at DI.
#define STORE_SUMS \
	VHADDPD X8, X0, X0;  \
	VHADDPD X9, X1, X1;  \
	VHADDPD X10, X2, X2; \
	VHADDPD X11, X3, X3; \
	VHADDPD X12, X4, X4; \
	VHADDPD X13, X5, X5; \
	VHADDPD X14, X6, X6; \
	VHADDPD X15, X7, X7; \
	VHADDPD X1, X0, X0;  \
	VHADDPD X3, X2, X2;  \
	VHADDPD X5, X4, X4;  \
	VHADDPD X7, X6, X6;  \
	VMOVUPD X0, (DI);    \
	VMOVUPD X2, 16(DI);  \
	VMOVUPD X4, 32(DI);  \
	VMOVUPD X6, 48(DI)

// NO_SUMS sets the partial sums of eight rows to zero.
#define NO_SUMS \
	VXORPD Y0, Y0, Y0; \
	VXORPD Y1, Y1, Y1; \
	VXORPD Y2, Y2, Y2; \
	VXORPD Y3, Y3, Y3; \
	VXORPD Y4, Y4, Y4; \
	VXORPD Y5, Y5, Y5; \
	VXORPD Y6, Y6, Y6; \
	VXORPD Y7, Y7, Y7

// func dot8AVX512(dst *[8]float64, a, x *float64, n int)
//
// Its vectors have 256 bits, since there are four partial sums. Vectors of two rows
// take as long, with their shuffles.
TEXT ·dot8AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ n+24(FP), CX
	EIGHT_ROWS
	NO_SUMS
	XORQ AX, AX
	MOVQ CX, R15
	ANDQ $-4, R15
	JZ   halves

four: // entries of x, with each of the eight rows
	VMOVUPD (DX)(AX*8), Y8
	FOUR_OF(SI, Y0, Y9)
	FOUR_OF(R8, Y1, Y10)
	FOUR_OF(R9, Y2, Y11)
	FOUR_OF(R10, Y3, Y12)
	FOUR_OF(R11, Y4, Y13)
	FOUR_OF(R12, Y5, Y14)
	FOUR_OF(R13, Y6, Y15)
	FOUR_OF(BX, Y7, Y9)
	ADDQ $4, AX
	CMPQ AX, R15
	JLT  four

halves:
	HALVES
	CMPQ AX, CX
	JGE  sums

one: // entry more, into the partial sum 0
	VMOVSD (DX)(AX*8), X16
	ONE_OF(SI, X0)
	ONE_OF(R8, X1)
	ONE_OF(R9, X2)
	ONE_OF(R10, X3)
	ONE_OF(R11, X4)
	ONE_OF(R12, X5)
	ONE_OF(R13, X6)
	ONE_OF(BX, X7)
	INCQ AX
	CMPQ AX, CX
	JLT  one

sums:
	STORE_SUMS
	VZEROUPPER
	RET

// FOUR_OF_BOTH and ONE_OF_BOTH are FOUR_OF and ONE_OF, and add the weighted entries of
// a row of B to those of y.
#define FOUR_OF_BOTH(row, sum, product, weight) \
	FOUR_OF(row, sum, product);                     \
	VMULPD (row)(R14*8), weight, Y18;               \
	VADDPD Y18, Y19, Y19
#define ONE_OF_BOTH(row, sum, weight) \
	ONE_OF(row, sum);                 \
	VMULSD (row)(R14*8), weight, X18; \
	VADDSD X18, X19, X19

// func dotAxpy8AVX512(dst *[8]float64, a, x, y, b *float64, w *[8]float64, n int)
//
// It is dot8AVX512 of A and x, and axpy8AVX512 of y, B and w. Prefetching gains nothing
// over the processor's own. An entry of A is 8 AX bytes after the address of its row, one
// of B 8 R14 bytes after the address of the same row of A.
TEXT ·dotAxpy8AVX512(SB), NOSPLIT, $0-56
	MOVQ a+8(FP), SI
	MOVQ x+16(FP), DX
	MOVQ y+24(FP), DI
	MOVQ b+32(FP), R14
	MOVQ w+40(FP), AX
	MOVQ n+48(FP), CX
	VBROADCASTSD (AX), Y24
	VBROADCASTSD 8(AX), Y25
	VBROADCASTSD 16(AX), Y26
	VBROADCASTSD 24(AX), Y27
	VBROADCASTSD 32(AX), Y28
	VBROADCASTSD 40(AX), Y29
	VBROADCASTSD 48(AX), Y30
	VBROADCASTSD 56(AX), Y31
	EIGHT_ROWS
	NO_SUMS
	SUBQ SI, R14
	SARQ $3, R14
	XORQ AX, AX
	MOVQ CX, R15
	ANDQ $-4, R15
	JZ   halves

four: // entries of x and y, with each of the eight rows of A and B
	VMOVUPD (DX)(AX*8), Y8
	VMOVUPD (DI)(AX*8), Y19
	FOUR_OF_BOTH(SI, Y0, Y9, Y24)
	FOUR_OF_BOTH(R8, Y1, Y10, Y25)
	FOUR_OF_BOTH(R9, Y2, Y11, Y26)
	FOUR_OF_BOTH(R10, Y3, Y12, Y27)
	FOUR_OF_BOTH(R11, Y4, Y13, Y28)
	FOUR_OF_BOTH(R12, Y5, Y14, Y29)
	FOUR_OF_BOTH(R13, Y6, Y15, Y30)
	FOUR_OF_BOTH(BX, Y7, Y9, Y31)
	VMOVUPD Y19, (DI)(AX*8)
	ADDQ $4, R14
	ADDQ $4, AX
	CMPQ AX, R15
	JLT  four

halves:
	HALVES
	CMPQ AX, CX
	JGE  sums

one: // entry of x and y more
	VMOVSD (DX)(AX*8), X16
	VMOVSD (DI)(AX*8), X19
	ONE_OF_BOTH(SI, X0, X24)
	ONE_OF_BOTH(R8, X1, X25)
	ONE_OF_BOTH(R9, X2, X26)
	ONE_OF_BOTH(R10, X3, X27)
	ONE_OF_BOTH(R11, X4, X28)
	ONE_OF_BOTH(R12, X5, X29)
	ONE_OF_BOTH(R13, X6, X30)
	ONE_OF_BOTH(BX, X7, X31)
	VMOVSD X19, (DI)(AX*8)
	INCQ R14
	INCQ AX
	CMPQ AX, CX
	JLT  one

sums:
	MOVQ dst+0(FP), DI
	STORE_SUMS
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

// func axpy8AVX512(y, a *float64, w *[8]float64, n int)
TEXT ·axpy8AVX512(SB), NOSPLIT, $0-32
	MOVQ y+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ w+16(FP), DX
	MOVQ n+24(FP), CX
	EIGHT_ROWS
	VBROADCASTSD (DX), Z8
	VBROADCASTSD 8(DX), Z9
	VBROADCASTSD 16(DX), Z10
	VBROADCASTSD 24(DX), Z11
	VBROADCASTSD 32(DX), Z12
	VBROADCASTSD 40(DX), Z13
	VBROADCASTSD 48(DX), Z14
	VBROADCASTSD 56(DX), Z15
	XORQ AX, AX
	MOVQ CX, R15
	ANDQ $-8, R15
	JZ   rest

eight: // entries of y
	VMULPD (SI)(AX*8), Z8, Z0
	VMULPD (R8)(AX*8), Z9, Z1
	VMULPD (R9)(AX*8), Z10, Z2
	VMULPD (R10)(AX*8), Z11, Z3
	VMULPD (R11)(AX*8), Z12, Z4
	VMULPD (R12)(AX*8), Z13, Z5
	VMULPD (R13)(AX*8), Z14, Z6
	VMULPD (BX)(AX*8), Z15, Z7
	VADDPD (DI)(AX*8), Z0, Z0
	VADDPD Z1, Z0, Z0
	VADDPD Z2, Z0, Z0
	VADDPD Z3, Z0, Z0
	VADDPD Z4, Z0, Z0
	VADDPD Z5, Z0, Z0
	VADDPD Z6, Z0, Z0
	VADDPD Z7, Z0, Z0
	VMOVUPD Z0, (DI)(AX*8)
	ADDQ $8, AX
	CMPQ AX, R15
	JLT  eight

rest: // up to seven entries, a bit of K1 for each
	SUBQ  AX, CX
	JZ    done
	MOVL  $1, DX
	SHLL  CX, DX
	DECL  DX
	KMOVW DX, K1
	VMULPD.Z (SI)(AX*8), Z8, K1, Z0
	VMULPD.Z (R8)(AX*8), Z9, K1, Z1
	VMULPD.Z (R9)(AX*8), Z10, K1, Z2
	VMULPD.Z (R10)(AX*8), Z11, K1, Z3
	VMULPD.Z (R11)(AX*8), Z12, K1, Z4
	VMULPD.Z (R12)(AX*8), Z13, K1, Z5
	VMULPD.Z (R13)(AX*8), Z14, K1, Z6
	VMULPD.Z (BX)(AX*8), Z15, K1, Z7
	VADDPD.Z (DI)(AX*8), Z0, K1, Z0
	VADDPD Z1, Z0, Z0
	VADDPD Z2, Z0, Z0
	VADDPD Z3, Z0, Z0
	VADDPD Z4, Z0, Z0
	VADDPD Z5, Z0, Z0
	VADDPD Z6, Z0, Z0
	VADDPD Z7, Z0, Z0
	VMOVUPD Z0, K1, (DI)(AX*8)

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

// COEFFICIENTS stores the weight, in w, times the entries R11 to R11 + 3 of the row of X at
// row in C0 to C3.
#define COEFFICIENTS(w, row, C0, C1, C2, C3) \
	VMULPD       (row)(R11*8), w, Y12 \
	VMOVUPD      Y12, coefficients-32(SP) \
	VBROADCASTSD coefficients-32(SP), C0 \
	VBROADCASTSD coefficients-24(SP), C1 \
	VBROADCASTSD coefficients-16(SP), C2 \
	VBROADCASTSD coefficients-8(SP), C3

// ADD4 adds to the entries from BX on of a row of S, at row, four coefficients times the
// entries of the rows of X in x0 to x3. It uses sum, a and b.
#define ADD4(row, c0, c1, c2, c3, x0, x1, x2, x3, sum, a, b) \
	VMOVUPD (row)(BX*8), sum \
	VMULPD  c0, x0, a \
	VMULPD  c1, x1, b \
	VADDPD  a, sum, sum \
	VMULPD  c2, x2, a \
	VADDPD  b, sum, sum \
	VMULPD  c3, x3, b \
	VADDPD  a, sum, sum \
	VADDPD  b, sum, sum \
	VMOVUPD sum, (row)(BX*8)

// func addOuter4AVX512(s, x *float64, w *[4]float64, n int)
TEXT ·addOuter4AVX512(SB), NOSPLIT, $32-32
	MOVQ s+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ w+16(FP), DX
	MOVQ n+24(FP), CX
	LEAQ (SI)(CX*8), R8
	LEAQ (R8)(CX*8), R9
	LEAQ (R9)(CX*8), R10
	VBROADCASTSD (DX), Y0
	VBROADCASTSD 8(DX), Y1
	VBROADCASTSD 16(DX), Y2
	VBROADCASTSD 24(DX), Y3
	XORQ R11, R11

rows: // R11 to R11 + 3 of S, at DI, AX, DX and R12
	LEAQ (DI)(CX*8), AX
	LEAQ (AX)(CX*8), DX
	LEAQ (DX)(CX*8), R12
	COEFFICIENTS(Y0, SI, Z16, Z17, Z18, Z19)
	COEFFICIENTS(Y1, R8, Z20, Z21, Z22, Z23)
	COEFFICIENTS(Y2, R9, Z24, Z25, Z26, Z27)
	COEFFICIENTS(Y3, R10, Z28, Z29, Z30, Z31)
	XORQ BX, BX
	CMPQ R11, $4
	JLT  last

eight: // entries, while there are as many up to the diagonal or the multiple of four beyond it
	VMOVUPD (SI)(BX*8), Z4
	VMOVUPD (R8)(BX*8), Z5
	VMOVUPD (R9)(BX*8), Z6
	VMOVUPD (R10)(BX*8), Z7
	ADD4(DI, Z16, Z20, Z24, Z28, Z4, Z5, Z6, Z7, Z8, Z12, Z13)
	ADD4(AX, Z17, Z21, Z25, Z29, Z4, Z5, Z6, Z7, Z9, Z14, Z15)
	ADD4(DX, Z18, Z22, Z26, Z30, Z4, Z5, Z6, Z7, Z10, Z12, Z13)
	ADD4(R12, Z19, Z23, Z27, Z31, Z4, Z5, Z6, Z7, Z11, Z14, Z15)
	ADDQ $8, BX
	CMPQ BX, R11
	JLT  eight
	JNE  next // they end there

last: // four entries
	VMOVUPD (SI)(BX*8), Y4
	VMOVUPD (R8)(BX*8), Y5
	VMOVUPD (R9)(BX*8), Y6
	VMOVUPD (R10)(BX*8), Y7
	ADD4(DI, Y16, Y20, Y24, Y28, Y4, Y5, Y6, Y7, Y8, Y12, Y13)
	ADD4(AX, Y17, Y21, Y25, Y29, Y4, Y5, Y6, Y7, Y9, Y14, Y15)
	ADD4(DX, Y18, Y22, Y26, Y30, Y4, Y5, Y6, Y7, Y10, Y12, Y13)
	ADD4(R12, Y19, Y23, Y27, Y31, Y4, Y5, Y6, Y7, Y11, Y14, Y15)

next:
	LEAQ (R12)(CX*8), DI
	ADDQ $4, R11
	CMPQ R11, CX
	JLT  rows
	VZEROUPPER
	RET

// func scaleAboutMeanAVX2(dst, x *float64, n int, contrast, common float64)
TEXT ·scaleAboutMeanAVX2(SB), NOSPLIT, $0-40
	MOVQ       dst+0(FP), DI
	MOVQ       x+8(FP), SI
	MOVQ       n+16(FP), CX
	VXORPD     X4, X4, X4
	VCVTSI2SDQ CX, X4, X4
	VXORPD     Y0, Y0, Y0
	XORL       AX, AX
	MOVQ       CX, BX
	SUBQ       $4, BX
	JLT        few

sums: // of which each lane is one
	VADDPD (SI)(AX*8), Y0, Y0
	ADDQ   $4, AX
	CMPQ   AX, BX
	JLE    sums

few: // what is left goes into the first sum
	VEXTRACTF128 $1, Y0, X1
	CMPQ         AX, CX
	JEQ          mean

one:
	VADDSD (SI)(AX*8), X0, X0
	INCQ   AX
	CMPQ   AX, CX
	JLT    one

mean: // in Y0, common times it in Y1
	VHADDPD      X1, X0, X0
	VHADDPD      X0, X0, X0
	VDIVSD       X4, X0, X0
	VMULSD       common+32(FP), X0, X1
	VBROADCASTSD X0, Y0
	VBROADCASTSD X1, Y1
	VBROADCASTSD contrast+24(FP), Y2
	XORL         AX, AX
	TESTQ        BX, BX
	JLT          two

four:
	VMOVUPD (SI)(AX*8), Y3
	VSUBPD  Y0, Y3, Y3
	VMULPD  Y2, Y3, Y3
	VADDPD  Y1, Y3, Y3
	VMOVUPD Y3, (DI)(AX*8)
	ADDQ    $4, AX
	CMPQ    AX, BX
	JLE     four

two:
	TESTQ   $2, CX
	JZ      last
	VMOVUPD (SI)(AX*8), X3
	VSUBPD  X0, X3, X3
	VMULPD  X2, X3, X3
	VADDPD  X1, X3, X3
	VMOVUPD X3, (DI)(AX*8)
	ADDQ    $2, AX

last:
	TESTQ  $1, CX
	JZ     done
	VMOVSD (SI)(AX*8), X3
	VSUBSD X0, X3, X3
	VMULSD X2, X3, X3
	VADDSD X1, X3, X3
	VMOVSD X3, (DI)(AX*8)

done:
	VZEROUPPER
	RET
