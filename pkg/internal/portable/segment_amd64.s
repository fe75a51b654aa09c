#include "textflag.h"

DATA first<>+0(SB)/8, $0
DATA first<>+8(SB)/8, $1
DATA first<>+16(SB)/8, $2
DATA first<>+24(SB)/8, $3
DATA first<>+32(SB)/8, $4
DATA first<>+40(SB)/8, $5
DATA first<>+48(SB)/8, $6
DATA first<>+56(SB)/8, $7
GLOBL first<>(SB), RODATA|NOPTR, $64

// REST sets the lanes of mask that are among the last entries, of which there are
// BX, fewer than four. It uses X and Y4.
#define REST(X, Y, mask) \
	VMOVQ        BX, X             \
	VPBROADCASTQ X, Y              \
	VPCMPGTQ     first<>(SB), Y, mask

// WITHIN clears the lanes of Y15 whose x, in Y0, or keep·x is not between lo, in Y3, and
// hi, in Y4. (Predicates 0x1D and 0x12: at least and at most, ordered, quiet.)
#define WITHIN \
	VMULPD Y14, Y0, Y2         \
	VCMPPD $0x1D, Y3, Y0, Y5   \
	VCMPPD $0x12, Y4, Y0, Y6   \
	VCMPPD $0x1D, Y3, Y2, Y7   \
	VCMPPD $0x12, Y4, Y2, Y8   \
	VANDPD Y6, Y5, Y5          \
	VANDPD Y8, Y7, Y7          \
	VANDPD Y5, Y15, Y15        \
	VANDPD Y7, Y15, Y15

// func deviateAVX2(y, x, ref, lo, hi *float64, n int, keep float64) (outside uint64)
TEXT ·deviateAVX2(SB), NOSPLIT, $0-64
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ ref+16(FP), DX
	MOVQ lo+24(FP), R8
	MOVQ hi+32(FP), R9
	MOVQ n+40(FP), BX
	VBROADCASTSD keep+48(FP), Y14
	VPCMPEQD Y15, Y15, Y15
	XORQ AX, AX
	SUBQ $4, BX
	JLT  rest

four:
	VMOVUPD (SI)(AX*1), Y0
	VMOVUPD (R8)(AX*1), Y3
	VMOVUPD (R9)(AX*1), Y4
	VSUBPD  (DX)(AX*1), Y0, Y1
	VMOVUPD Y1, (DI)(AX*1)
	WITHIN
	ADDQ    $32, AX
	SUBQ    $4, BX
	JGE     four

rest: // fewer than four
	ADDQ $4, BX
	JZ   done
	REST(X9, Y9, Y10)
	VXORPD Y0, Y0, Y0
	VMOVSD (SI)(AX*1), X0
	CMPQ   BX, $2
	JLT    loaded
	VMOVUPD (SI)(AX*1), X0
	JEQ    loaded
	VMOVSD 16(SI)(AX*1), X12
	VINSERTF128 $1, X12, Y0, Y0

loaded:
	VMASKMOVPD (R8)(AX*1), Y10, Y3
	VMASKMOVPD (R9)(AX*1), Y10, Y4
	VMASKMOVPD (DX)(AX*1), Y10, Y1
	VSUBPD     Y1, Y0, Y1
	VMASKMOVPD Y1, Y10, (DI)(AX*1)
	WITHIN // zero is between zero and zero beyond the end

done:
	VMOVMSKPD Y15, AX
	XORQ      $15, AX
	MOVQ      AX, outside+56(FP)
	VZEROUPPER
	RET

// BIN finds the bins of four coordinates, in x, as numbers in part, with Left, Scale,
// Near, 1 − Near and Bins in Y4 to Y8. It clears the lanes of sure in which there is
// doubt. It uses x, rest, and xpart, the lower half of part. The rest of a negative x is
// not positive.
#define BIN(x, part, xpart, rest, sure) \
	VSUBPD       Y4, x, x              \
	VMULPD       Y5, x, x              \
	VCVTTPD2DQY  x, xpart              \
	VCVTDQ2PD    xpart, part           \
	VSUBPD       part, x, rest         \
	VCMPPD       $0x1E, Y6, rest, x    \
	VANDPD       x, sure, sure         \
	VCMPPD       $0x11, Y7, rest, rest \
	VANDPD       rest, sure, sure      \
	VCMPPD       $0x11, Y8, part, x    \
	VANDPD       x, sure, sure

// func binsAVX2(at, to *[GridSize]int32, x *float64, grid *Grid, n int, keep float64) (sure, same uint64)
TEXT ·binsAVX2(SB), NOSPLIT, $0-64
	MOVQ at+0(FP), DI
	MOVQ to+8(FP), R9
	MOVQ x+16(FP), SI
	MOVQ grid+24(FP), DX
	MOVQ n+32(FP), BX
	VBROADCASTSD keep+40(FP), Y14
	MOVQ $0x3FF0000000000000, AX
	VMOVQ AX, X12
	VPBROADCASTQ X12, Y12
	XORQ R8, R8 // the bits of sure so far
	XORQ R10, R10 // and of same
	XORQ CX, CX // coordinates so far

next:
	VPCMPEQD Y15, Y15, Y15
	CMPQ     BX, $4
	JLT      rest
	VMOVUPD  (SI)(CX*8), Y0

four:
	VMOVUPD   (DX)(CX*8), Y4
	VMOVUPD   512(DX)(CX*8), Y5
	VMOVUPD   1024(DX)(CX*8), Y6
	VSUBPD    Y6, Y12, Y7
	VMOVUPD   1536(DX)(CX*8), Y8
	VMULPD    Y14, Y0, Y1
	BIN(Y0, Y2, X2, Y3, Y15)
	BIN(Y1, Y9, X9, Y3, Y15)
	VMOVMSKPD Y15, AX
	SHLQ      CX, AX
	ORQ       AX, R8
	VCMPPD    $0, Y9, Y2, Y3
	VANDPD    Y15, Y2, Y2
	VANDPD    Y15, Y9, Y9
	VANDPD    Y3, Y15, Y15
	VMOVMSKPD Y15, AX
	SHLQ      CX, AX
	ORQ       AX, R10
	VCVTTPD2DQY Y2, X2
	VMOVDQU   X2, (DI)(CX*4)
	VCVTTPD2DQY Y9, X9
	VMOVDQU   X9, (R9)(CX*4)
	ADDQ      $4, CX
	SUBQ      $4, BX
	JGT       next
	MOVQ      R8, sure+48(FP)
	MOVQ      R10, same+56(FP)
	VZEROUPPER
	RET

rest: // fewer than four
	REST(X9, Y9, Y15)
	VMOVSD (SI)(CX*8), X0
	CMPQ   BX, $2
	JLT    four
	VMOVUPD (SI)(CX*8), X0
	JEQ    four
	VMOVSD 16(SI)(CX*8), X2
	VINSERTF128 $1, X2, Y0, Y0
	JMP    four

// BIN8 is BIN for eight coordinates, of which it clears those in K1 in which there is
// doubt, with Left, Scale, Near, 1 − Near and Bins in Z4 to Z8. It uses x.
#define BIN8(x, part) \
	VSUBPD      Z4, x, x             \
	VMULPD      Z5, x, x             \
	VRNDSCALEPD $0x0B, x, part       \
	VSUBPD      part, x, x           \
	VCMPPD      $0x1E, Z6, x, K1, K1 \
	VCMPPD      $0x11, Z7, x, K1, K1 \
	VCMPPD      $0x11, Z8, part, K1, K1

// func binsAVX512(at, to *[GridSize]int32, x *float64, grid *Grid, n int, keep float64) (sure, same uint64)
TEXT ·binsAVX512(SB), NOSPLIT, $0-64
	MOVQ at+0(FP), DI
	MOVQ to+8(FP), R9
	MOVQ x+16(FP), SI
	MOVQ grid+24(FP), DX
	MOVQ n+32(FP), BX
	VBROADCASTSD keep+40(FP), Z14
	MOVQ $0x3FF0000000000000, AX
	VPBROADCASTQ AX, Z12
	MOVQ keep+40(FP), R11
	SUBQ AX, R11 // 0 if keep is 1
	XORQ R8, R8 // the bits of sure so far
	XORQ R10, R10 // and of same
	XORQ CX, CX // coordinates so far

eight: // coordinates, or what is left of them
	VPBROADCASTQ BX, Z0
	VPCMPGTQ    first<>(SB), Z0, K1
	VMOVUPD.Z   (SI)(CX*8), K1, Z0
	VMOVUPD     (DX)(CX*8), Z4
	VMOVUPD     512(DX)(CX*8), Z5
	VMOVUPD     1024(DX)(CX*8), Z6
	VSUBPD      Z6, Z12, Z7
	VMOVUPD     1536(DX)(CX*8), Z8
	VMULPD      Z14, Z0, Z1
	BIN8(Z0, Z2)
	VMOVAPD     Z2, Z9
	TESTQ       R11, R11
	JZ          found
	BIN8(Z1, Z9)

found:
	VCMPPD      $0, Z9, Z2, K1, K2
	KMOVW       K1, AX
	SHLQ        CX, AX
	ORQ         AX, R8
	KMOVW       K2, AX
	SHLQ        CX, AX
	ORQ         AX, R10
	VCVTTPD2DQ.Z Z2, K1, Y2
	VMOVDQU     Y2, (DI)(CX*4)
	VCVTTPD2DQ.Z Z9, K1, Y9
	VMOVDQU     Y9, (R9)(CX*4)
	ADDQ        $8, CX
	SUBQ        $8, BX
	JGT         eight
	MOVQ        R8, sure+48(FP)
	MOVQ        R10, same+56(FP)
	VZEROUPPER
	RET

// func mulAddAVX2(x *float64, keep float64, y *float64, n int)
TEXT ·mulAddAVX2(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), DI
	VBROADCASTSD keep+8(FP), Y15
	MOVQ y+16(FP), SI
	MOVQ n+24(FP), CX
	XORQ AX, AX
	SUBQ $4, CX
	JLT  two

four:
	VMULPD  (DI)(AX*1), Y15, Y0
	VADDPD  (SI)(AX*1), Y0, Y0
	VMOVUPD Y0, (DI)(AX*1)
	ADDQ    $32, AX
	SUBQ    $4, CX
	JGE     four

two:
	TESTQ   $2, CX
	JZ      one
	VMULPD  (DI)(AX*1), X15, X0
	VADDPD  (SI)(AX*1), X0, X0
	VMOVUPD X0, (DI)(AX*1)
	ADDQ    $16, AX

one:
	TESTQ  $1, CX
	JZ     done
	VMULSD (DI)(AX*1), X15, X0
	VADDSD (SI)(AX*1), X0, X0
	VMOVSD X0, (DI)(AX*1)

done:
	VZEROUPPER
	RET
