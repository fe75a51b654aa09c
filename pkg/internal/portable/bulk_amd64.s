#include "textflag.h"

// Each kernel does for the lanes of a vector what the Go code does for a number:
// the same operations in the same order, each product rounded before it is added
// (no fused multiply-add), so that the results are the same bits.

// Entries of expConstants, at R9, and the table of powers, at R8.
#define PER_STEP 0(R9)
#define STEP_HI  32(R9)
#define STEP_LO  64(R9)
#define C720     96(R9)
#define C120     128(R9)
#define C24      160(R9)
#define C6       192(R9)
#define HALF     224(R9)
#define LIMIT    256(R9)
#define ABS      288(R9)
#define BIAS     320(R9)
#define INDEX    352(R9)
#define ONE      384(R9)
#define SIGN     416(R9)
#define NEAREST  448(R9)
#define INDEX_64 480(R9)
#define POWER_64 512(R9)
#define LOWEST   544(R9)

// Entries of logConstants, at R10.
#define ROOT_HALF 0(R10)
#define LOG_ONE   32(R10)
#define TWO       64(R10)
#define C21       96(R10)
#define C19       128(R10)
#define C17       160(R10)
#define C15       192(R10)
#define C13       224(R10)
#define C11       256(R10)
#define C9        288(R10)
#define C7        320(R10)
#define C5        352(R10)
#define C3        384(R10)
#define LN2_HI    416(R10)
#define LN2_LO    448(R10)
#define OFFSET    480(R10)
#define MAGIC     512(R10)
#define MANTISSA  544(R10)
#define EXPONENT  576(R10)
#define INFINITY  608(R10)
#define ROOT_TWO_LESS_ONE 640(R10)
#define LOG_HALF  672(R10)

// Entries of erfcConstants, at R10.
#define FARTHEST    0(R10)
#define THREE       32(R10)
#define HIGH        64(R10)
#define NEAR(i)     (96+32*i)(R10)
#define EVEN(i)     (448+32*i)(R10)
#define ODD(i)      (832+32*i)(R10)

// STEP_AVX2 is a step of Horner's rule, p = px + c.
#define STEP_AVX2(c, x, p) \
	VMULPD x, p, p; \
	VADDPD c, p, p

// STEP_AVX512 is a step of Horner's rule, p = px + c.
#define STEP_AVX512(c, x, p) \
	VMULPD x, p, p; \
	VADDPD.BCST c, p, p

// EXP_AVX2 turns Y0 = x, |x| ≤ 707, into exp(x). It uses Y1 to Y7.
#define EXP_AVX2 \
	VMULPD     PER_STEP, Y0, Y1;    \
	VROUNDPD   $8, Y1, Y1;          \
	VCVTPD2DQY Y1, X2;              \
	VMULPD     STEP_HI, Y1, Y3;     \
	VSUBPD     Y3, Y0, Y0;          \
	VMULPD     STEP_LO, Y1, Y3;     \
	VSUBPD     Y3, Y0, Y0;          \
	VPAND      INDEX, X2, X4;       \
	VPADDD     X4, X4, X4;          \
	VPCMPEQD   Y5, Y5, Y5;          \
	VXORPD     Y6, Y6, Y6;          \
	VGATHERDPD Y5, (R8)(X4*8), Y6;  \
	VPCMPEQD   Y5, Y5, Y5;          \
	VXORPD     Y7, Y7, Y7;          \
	VGATHERDPD Y5, 8(R8)(X4*8), Y7; \
	VMULPD     C720, Y0, Y3;        \
	VADDPD     C120, Y3, Y3;        \
	STEP_AVX2(C24, Y0, Y3);         \
	STEP_AVX2(C6, Y0, Y3);          \
	STEP_AVX2(HALF, Y0, Y3);        \
	VMULPD     Y0, Y0, Y4;          \
	VMULPD     Y3, Y4, Y3;          \
	VADDPD     Y3, Y0, Y3;          \
	VMULPD     Y6, Y3, Y3;          \
	VADDPD     Y3, Y7, Y7;          \
	VADDPD     Y7, Y6, Y6;          \
	VPSRAD     $6, X2, X2;          \
	VPMOVSXDQ  X2, Y2;              \
	VPADDQ     BIAS, Y2, Y2;        \
	VPSLLQ     $52, Y2, Y2;         \
	VMULPD     Y2, Y6, Y0

// LOG_AVX2 turns Y0 = f and Y1 = k into k ln 2 + ln(1 + f), as logOnePlus. It uses
// Y2 to Y4.
#define LOG_AVX2 \
	VADDPD TWO, Y0, Y2;     \
	VDIVPD Y2, Y0, Y2;      \
	VMULPD Y2, Y2, Y3;      \
	VMULPD C21, Y3, Y4;     \
	VADDPD C19, Y4, Y4;     \
	STEP_AVX2(C17, Y3, Y4); \
	STEP_AVX2(C15, Y3, Y4); \
	STEP_AVX2(C13, Y3, Y4); \
	STEP_AVX2(C11, Y3, Y4); \
	STEP_AVX2(C9, Y3, Y4);  \
	STEP_AVX2(C7, Y3, Y4);  \
	STEP_AVX2(C5, Y3, Y4);  \
	STEP_AVX2(C3, Y3, Y4);  \
	VMULPD Y3, Y4, Y4;      \
	VSUBPD Y0, Y4, Y4;      \
	VMULPD Y2, Y4, Y4;      \
	VMULPD LN2_LO, Y1, Y2;  \
	VADDPD Y2, Y4, Y4;      \
	VADDPD Y4, Y0, Y0;      \
	VMULPD LN2_HI, Y1, Y1;  \
	VADDPD Y0, Y1, Y0

// func expAVX2(dst, x *float64, n int, constants *[4]float64, powers *[2]float64) int
TEXT ·expAVX2(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ constants+24(FP), R9
	MOVQ powers+32(FP), R8
	XORQ AX, AX
	SUBQ $8, CX

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD   (SI)(AX*8), Y0
	VMOVUPD   32(SI)(AX*8), Y8
	VANDPD    ABS, Y0, Y1
	VANDPD    ABS, Y8, Y2
	VCMPPD    $18, LIMIT, Y1, Y1
	VCMPPD    $18, LIMIT, Y2, Y2
	VANDPD    Y1, Y2, Y1
	VMOVMSKPD Y1, DX
	CMPL      DX, $15
	JNE       done
	EXP_AVX2
	VMOVUPD   Y0, (DI)(AX*8)
	VMOVAPD   Y8, Y0
	EXP_AVX2
	VMOVUPD   Y0, 32(DI)(AX*8)
	ADDQ      $8, AX
	JMP       loop

done:
	MOVQ AX, ret+40(FP)
	VZEROUPPER
	RET

// SPLIT_AVX2 turns the positive normal numbers Y0 into f and k of LOG_AVX2, in Y0 and
// Y1. It uses Y2.
#define SPLIT_AVX2 \
	VPSRLQ $52, Y0, Y1;             \
	VANDPD MANTISSA, Y0, Y0;        \
	VORPD  EXPONENT, Y0, Y0;        \
	VCMPPD $17, ROOT_HALF, Y0, Y2;  \
	VPADDQ Y2, Y1, Y1;              \
	VANDPD Y0, Y2, Y2;              \
	VADDPD Y2, Y0, Y0;              \
	VSUBPD LOG_ONE, Y0, Y0;         \
	VORPD  MAGIC, Y1, Y1;           \
	VSUBPD OFFSET, Y1, Y1

// func logAVX2(dst, x *float64, n int, constants *[4]float64) int
TEXT ·logAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ constants+24(FP), R10
	XORQ AX, AX
	SUBQ $8, CX
	VMOVUPD INFINITY, Y9
	VMOVUPD MANTISSA, Y10

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD   (SI)(AX*8), Y0
	VMOVUPD   32(SI)(AX*8), Y8
	VPCMPGTQ  Y10, Y0, Y1 // the bits of a positive normal number, as an integer
	VPCMPGTQ  Y0, Y9, Y2
	VPCMPGTQ  Y10, Y8, Y3
	VPCMPGTQ  Y8, Y9, Y4
	VANDPD    Y1, Y2, Y1
	VANDPD    Y3, Y4, Y3
	VANDPD    Y1, Y3, Y1
	VMOVMSKPD Y1, DX
	CMPL      DX, $15
	JNE       done
	SPLIT_AVX2
	LOG_AVX2
	VMOVUPD   Y0, (DI)(AX*8)
	VMOVAPD   Y8, Y0
	SPLIT_AVX2
	LOG_AVX2
	VMOVUPD   Y0, 32(DI)(AX*8)
	ADDQ      $8, AX
	JMP       loop

done:
	MOVQ AX, ret+32(FP)
	VZEROUPPER
	RET

// LOG1P_EXP_AVX2 turns Y0 = x, |x| ≤ 707, into ln(1 + eˣ), as Log1p does: with
// e = e^{−|x|} (Y10) and u = 1 + e (Y12), ln(1 + e) if e is small (mask Y11), and
// otherwise ln u and the correction (e − (u − 1))/u (Y13). Y14 is the mask of u < √2.
// It uses Y1 to Y7 and Y10 to Y15.
#define LOG1P_EXP_AVX2 \
	VXORPD    Y1, Y1, Y1;                          \
	VMAXPD    Y1, Y0, Y15;                         \
	VORPD     SIGN, Y0, Y0;                        \
	EXP_AVX2;                                      \
	VMOVAPD   Y0, Y10;                             \
	VCMPPD    $17, ROOT_TWO_LESS_ONE, Y10, Y11;    \
	VADDPD    LOG_ONE, Y10, Y12;                   \
	VMULPD    LOG_HALF, Y12, Y13;                  \
	VCMPPD    $17, ROOT_HALF, Y13, Y14;            \
	VSUBPD    LOG_ONE, Y12, Y2;                    \
	VSUBPD    LOG_ONE, Y13, Y0;                    \
	VBLENDVPD Y14, Y2, Y0, Y0;                     \
	VBLENDVPD Y11, Y10, Y0, Y0;                    \
	VORPD     Y11, Y14, Y14;                       \
	VANDNPD   LOG_ONE, Y14, Y1;                    \
	VSUBPD    Y2, Y10, Y13;                        \
	VDIVPD    Y12, Y13, Y13;                       \
	LOG_AVX2;                                      \
	VADDPD    Y13, Y0, Y13;                        \
	VBLENDVPD Y11, Y0, Y13, Y0;                    \
	VADDPD    Y0, Y15, Y0

// func log1pExpAVX2(dst, x *float64, n int, exp *[4]float64, powers *[2]float64, log *[4]float64) int
TEXT ·log1pExpAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ exp+24(FP), R9
	MOVQ powers+32(FP), R8
	MOVQ log+40(FP), R10
	XORQ AX, AX
	SUBQ $8, CX

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD   (SI)(AX*8), Y0
	VMOVUPD   32(SI)(AX*8), Y8
	VANDPD    ABS, Y0, Y1
	VANDPD    ABS, Y8, Y2
	VCMPPD    $18, LIMIT, Y1, Y1
	VCMPPD    $18, LIMIT, Y2, Y2
	VANDPD    Y1, Y2, Y1
	VMOVMSKPD Y1, DX
	CMPL      DX, $15
	JNE       done
	LOG1P_EXP_AVX2
	VMOVUPD   Y0, (DI)(AX*8)
	VMOVAPD   Y8, Y0
	LOG1P_EXP_AVX2
	VMOVUPD   Y0, 32(DI)(AX*8)
	ADDQ      $8, AX
	JMP       loop

done:
	MOVQ AX, ret+48(FP)
	VZEROUPPER
	RET

// BERNOULLI_AVX2 turns Y0 = t = (1 − 2y)η into the residual y − σ(η), where Y8 is
// 2y − 1, and adds to the sums of max(t, 0) and the products of 1 + e^{−|t|} of four
// lanes. It uses Y1 to Y9.
#define BERNOULLI_AVX2(sum, product) \
	VXORPD    Y1, Y1, Y1;           \
	VMAXPD    Y1, Y0, Y2;           \
	VADDPD    Y2, sum, sum;         \
	VMOVAPD   Y0, Y9;               \
	VORPD     SIGN, Y0, Y0;         \
	EXP_AVX2;                       \
	VADDPD    ONE, Y0, Y1;          \
	VMULPD    Y1, product, product; \
	VMOVUPD   ONE, Y2;              \
	VDIVPD    Y1, Y2, Y1;           \
	VMULPD    Y1, Y0, Y0;           \
	VXORPD    Y2, Y2, Y2;           \
	VCMPPD    $17, Y2, Y9, Y2;      \
	VBLENDVPD Y2, Y0, Y1, Y0;       \
	VMULPD    Y8, Y0, Y0

// func bernoulliAVX2(eta, y *float64, n int, a *lanes, constants *[4]float64, powers *[2]float64) int
TEXT ·bernoulliAVX2(SB), NOSPLIT, $0-56
	MOVQ eta+0(FP), DI
	MOVQ y+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ a+24(FP), R11
	MOVQ constants+32(FP), R9
	MOVQ powers+40(FP), R8
	VMOVUPD (R11), Y10
	VMOVUPD 32(R11), Y11
	VMOVUPD 64(R11), Y12
	VMOVUPD 96(R11), Y13
	XORQ AX, AX
	SUBQ $8, CX

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD   (SI)(AX*8), Y8
	VMOVUPD   32(SI)(AX*8), Y14
	VADDPD    Y8, Y8, Y8
	VADDPD    Y14, Y14, Y14
	VSUBPD    ONE, Y8, Y8             // 2y − 1
	VSUBPD    ONE, Y14, Y14
	VMULPD    (DI)(AX*8), Y8, Y0
	VMULPD    32(DI)(AX*8), Y14, Y15
	VXORPD    SIGN, Y0, Y0            // t = (1 − 2y)η
	VXORPD    SIGN, Y15, Y15
	VANDPD    ABS, Y0, Y1
	VANDPD    ABS, Y15, Y2
	VCMPPD    $18, LIMIT, Y1, Y1
	VCMPPD    $18, LIMIT, Y2, Y2
	VANDPD    Y1, Y2, Y1
	VMOVMSKPD Y1, DX
	CMPL      DX, $15
	JNE       done
	BERNOULLI_AVX2(Y10, Y12)
	VMOVUPD   Y0, (DI)(AX*8)
	VMOVAPD   Y15, Y0
	VMOVAPD   Y14, Y8
	BERNOULLI_AVX2(Y11, Y13)
	VMOVUPD   Y0, 32(DI)(AX*8)
	ADDQ      $8, AX
	JMP       loop

done:
	VMOVUPD Y10, (R11)
	VMOVUPD Y11, 32(R11)
	VMOVUPD Y12, 64(R11)
	VMOVUPD Y13, 96(R11)
	MOVQ AX, ret+48(FP)
	VZEROUPPER
	RET

// EXP_1 to EXP_7 turn x, |x| ≤ 707, into e = exp(x). They leave the nearest integer to
// 64x/ln 2 in the lowest bits of m and as a number in n, its entry of the table of powers
// in hi and lo, and the remainder in x. They use r and k.
#define EXP_1(x, m, n, i) \
	VMULPD.BCST  PER_STEP, x, m; \
	VADDPD.BCST  NEAREST, m, m;  \
	VPANDQ.BCST  INDEX_64, m, i;  \
	VPADDQ       i, i, i;        \
	VSUBPD.BCST  NEAREST, m, n
#define EXP_2(x, n, i, hi, r, k) \
	KXNORW      k, k, k;           \
	VPXORQ      hi, hi, hi;        \
	VGATHERQPD  (R8)(i*8), k, hi;  \
	VMULPD.BCST STEP_HI, n, r;     \
	VSUBPD      r, x, x
#define EXP_3(x, n, i, lo, r, k) \
	KXNORW      k, k, k;           \
	VPXORQ      lo, lo, lo;        \
	VGATHERQPD  8(R8)(i*8), k, lo; \
	VMULPD.BCST STEP_LO, n, r;     \
	VSUBPD      r, x, x
#define EXP_4(x, n, e) \
	VMULPD.BCST C720, x, e; \
	VADDPD.BCST C120, e, e; \
	VMULPD      x, x, n;    \
	STEP_AVX512(C24, x, e)
#define EXP_5(x, m, e) \
	STEP_AVX512(C6, x, e);   \
	STEP_AVX512(HALF, x, e); \
	VPANDQ.BCST POWER_64, m, m
#define EXP_6(x, m, n, hi, lo, e) \
	VMULPD e, n, e;   \
	VADDPD e, x, e;   \
	VPSLLQ $46, m, m; \
	VMULPD hi, e, e;  \
	VADDPD e, lo, e
#define EXP_7(m, hi, e) \
	VADDPD e, hi, e; \
	VPADDQ m, e, e // times 2^k, by its exponent

// EXP_AVX512 turns Z0 = x, |x| ≤ 707, into exp(x). It uses Z1 to Z7, K1 and K2.
#define EXP_AVX512 \
	EXP_1(Z0, Z1, Z2, Z3);         \
	EXP_2(Z0, Z2, Z3, Z4, Z6, K1); \
	EXP_3(Z0, Z2, Z3, Z5, Z7, K2); \
	EXP_4(Z0, Z2, Z3);             \
	EXP_5(Z0, Z1, Z3);             \
	EXP_6(Z0, Z1, Z2, Z4, Z5, Z3); \
	EXP_7(Z1, Z4, Z3);             \
	VMOVAPD Z3, Z0

// LOG_AVX512 turns Z0 = f and Z1 = k into k ln 2 + ln(1 + f), as logOnePlus. It uses
// Z2 to Z4.
#define LOG_AVX512 \
	VADDPD.BCST TWO, Z0, Z2;    \
	VDIVPD      Z2, Z0, Z2;     \
	VMULPD      Z2, Z2, Z3;     \
	VMULPD.BCST C21, Z3, Z4;    \
	VADDPD.BCST C19, Z4, Z4;    \
	STEP_AVX512(C17, Z3, Z4);   \
	STEP_AVX512(C15, Z3, Z4);   \
	STEP_AVX512(C13, Z3, Z4);   \
	STEP_AVX512(C11, Z3, Z4);   \
	STEP_AVX512(C9, Z3, Z4);    \
	STEP_AVX512(C7, Z3, Z4);    \
	STEP_AVX512(C5, Z3, Z4);    \
	STEP_AVX512(C3, Z3, Z4);    \
	VMULPD      Z3, Z4, Z4;     \
	VSUBPD      Z0, Z4, Z4;     \
	VMULPD      Z2, Z4, Z4;     \
	VMULPD.BCST LN2_LO, Z1, Z2; \
	VADDPD      Z2, Z4, Z4;     \
	VADDPD      Z4, Z0, Z0;     \
	VMULPD.BCST LN2_HI, Z1, Z1; \
	VADDPD      Z0, Z1, Z0

// ORDINARY_AVX512 jumps to done unless |x| ≤ 707 in all lanes of Z0. It uses Z1, K1
// and DX.
#define ORDINARY_AVX512 \
	VPANDQ.BCST ABS, Z0, Z1;            \
	VCMPPD.BCST $18, LIMIT, Z1, K1;     \
	KMOVW       K1, DX;                 \
	CMPL        DX, $255;               \
	JNE         done

// func expAVX512(dst, x *float64, n int, constants *[4]float64, powers *[2]float64) int
TEXT ·expAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ constants+24(FP), R9
	MOVQ powers+32(FP), R8
	XORQ AX, AX
	SUBQ $8, CX

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD (SI)(AX*8), Z0
	ORDINARY_AVX512
	EXP_AVX512
	VMOVUPD Z0, (DI)(AX*8)
	ADDQ    $8, AX
	JMP     loop

done:
	MOVQ AX, ret+40(FP)
	VZEROUPPER
	RET

// func logAVX512(dst, x *float64, n int, constants *[4]float64) int
TEXT ·logAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ constants+24(FP), R10
	XORQ AX, AX
	SUBQ $8, CX
	VPTERNLOGD $255, Z5, Z5, Z5 // −1

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD       (SI)(AX*8), Z0
	VPCMPQ.BCST   $6, MANTISSA, Z0, K1     // the bits of a positive normal number,
	VPCMPQ.BCST   $1, INFINITY, Z0, K1, K2 // as an integer
	KMOVW         K2, DX
	CMPL          DX, $255
	JNE           done
	VPSRLQ        $52, Z0, Z1
	VPANDQ.BCST   MANTISSA, Z0, Z0
	VPORQ.BCST    EXPONENT, Z0, Z0
	VCMPPD.BCST   $17, ROOT_HALF, Z0, K1
	VPADDQ        Z5, Z1, K1, Z1
	VADDPD        Z0, Z0, K1, Z0
	VSUBPD.BCST   LOG_ONE, Z0, Z0
	VPORQ.BCST    MAGIC, Z1, Z1
	VSUBPD.BCST   OFFSET, Z1, Z1
	LOG_AVX512
	VMOVUPD       Z0, (DI)(AX*8)
	ADDQ          $8, AX
	JMP           loop

done:
	MOVQ AX, ret+32(FP)
	VZEROUPPER
	RET

// func log1pExpAVX512(dst, x *float64, n int, exp *[4]float64, powers *[2]float64, log *[4]float64) int
TEXT ·log1pExpAVX512(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ exp+24(FP), R9
	MOVQ powers+32(FP), R8
	MOVQ log+40(FP), R10
	XORQ AX, AX
	SUBQ $8, CX
	VPXORQ Z14, Z14, Z14

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD     (SI)(AX*8), Z0
	ORDINARY_AVX512
	VMAXPD      Z14, Z0, Z15
	VPORQ.BCST  SIGN, Z0, Z0
	EXP_AVX512
	VMOVAPD     Z0, Z10                            // e
	VCMPPD.BCST $17, ROOT_TWO_LESS_ONE, Z10, K2    // e is small
	VADDPD.BCST LOG_ONE, Z10, Z12                  // u
	VMULPD.BCST LOG_HALF, Z12, Z0
	VCMPPD.BCST $17, ROOT_HALF, Z0, K3             // u/2 < √½
	VSUBPD.BCST LOG_ONE, Z12, Z2                   // u − 1
	VSUBPD.BCST LOG_ONE, Z0, Z0
	VMOVAPD     Z2, K3, Z0
	VMOVAPD     Z10, K2, Z0                        // f
	KORW        K2, K3, K4
	KNOTW       K4, K4
	VBROADCASTSD.Z LOG_ONE, K4, Z1                 // k
	VSUBPD      Z2, Z10, Z13
	VDIVPD      Z12, Z13, Z13                      // (e − (u − 1))/u
	LOG_AVX512
	KNOTW       K2, K2
	VADDPD      Z13, Z0, K2, Z0
	VADDPD      Z0, Z15, Z0
	VMOVUPD     Z0, (DI)(AX*8)
	ADDQ        $8, AX
	JMP         loop

done:
	MOVQ AX, ret+48(FP)
	VZEROUPPER
	RET

// ODDS turns η into −|t|, t = (1 − 2y)η. It leaves the label, as a sign, in label. It sets
// the lanes of negative in which t < 0, and those of doubt in which −|t| is not at least
// −707. Z23 is the sign.
#define ODDS(labels, eta, label, negative, doubt) \
	VPSLLQ      $2, labels, label;      \
	VPTERNLOGQ  $0x78, Z23, label, eta; \
	VPTESTMQ    Z23, eta, negative;     \
	VPORQ       Z23, eta, eta;          \
	VCMPPD.BCST $9, LOWEST, eta, doubt

// POSITIVE adds max(t, 0) to a sum.
#define POSITIVE(odds, negative, k, sum) \
	KNOTW  negative, k; \
	VSUBPD odds, sum, k, sum

// RESIDUAL turns r = 1/(1 + e), e = e^{−|t|}, into the residual y − σ(η), and stores it.
#define RESIDUAL(e, r, label, negative, residual) \
	VMULPD     r, e, negative, r;    \
	VPTERNLOGQ $0xd2, Z23, label, r; \
	VMOVUPD    r, residual

// func bernoulliAVX512(eta, y *float64, n int, a *lanes, constants *[4]float64, powers *[2]float64) int
TEXT ·bernoulliAVX512(SB), NOSPLIT, $0-56
	MOVQ eta+0(FP), DI
	MOVQ y+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ a+24(FP), R11
	MOVQ constants+32(FP), R9
	MOVQ powers+40(FP), R8
	VMOVUPD (R11), Z10
	VMOVUPD 64(R11), Z12
	VBROADCASTSD ONE, Z22
	VBROADCASTSD SIGN, Z23
	XORQ AX, AX
	SUBQ $8, CX

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD  (DI)(AX*8), Z0
	ODDS((SI)(AX*8), Z0, Z8, K3, K4)
	KORTESTW K4, K4
	JNZ      done
	POSITIVE(Z0, K3, K4, Z10)
	EXP_AVX512
	VADDPD   Z22, Z0, Z1
	VMULPD   Z1, Z12, Z12
	VDIVPD   Z1, Z22, Z1
	RESIDUAL(Z0, Z1, Z8, K3, (DI)(AX*8))
	ADDQ     $8, AX
	JMP      loop

done:
	VMOVUPD Z10, (R11)
	VMOVUPD Z12, 64(R11)
	MOVQ    AX, ret+48(FP)
	VZEROUPPER
	RET

// PRODUCTS multiplies a column of two tiles, at offset, by its coefficient, and MORE adds
// the products to sums.
#define PRODUCTS(offset, product, other) \
	VBROADCASTSD (offset/8)(R12), Z26;     \
	VMULPD       offset(SI), Z26, product; \
	VMULPD       offset(R14), Z26, other
#define MORE(offset, sum, other) \
	PRODUCTS(offset, Z27, Z28); \
	VADDPD Z27, sum, sum;       \
	VADDPD Z28, other, other

// MULTIPLY leaves the products of the rows of two tiles, at SI and R14, and the CX numbers
// at R12 in Z0 and Z8. Each is the sum of four sums, as in Dot.
#define MULTIPLY \
	SUBQ   $4, CX;              \
	JLT    few;                 \
	PRODUCTS(0, Z0, Z8);        \
	PRODUCTS(64, Z1, Z9);       \
	PRODUCTS(128, Z2, Z10);     \
	PRODUCTS(192, Z3, Z11);     \
	JMP    four;                \
few: /* columns */              \
	VPXORQ Z0, Z0, Z0;          \
	VPXORQ Z1, Z1, Z1;          \
	VPXORQ Z2, Z2, Z2;          \
	VPXORQ Z3, Z3, Z3;          \
	VPXORQ Z8, Z8, Z8;          \
	VPXORQ Z9, Z9, Z9;          \
	VPXORQ Z10, Z10, Z10;       \
	VPXORQ Z11, Z11, Z11;       \
	ADDQ   $4, CX;              \
	JMP    one;                 \
more: /* columns */             \
	MORE(0, Z0, Z8);            \
	MORE(64, Z1, Z9);           \
	MORE(128, Z2, Z10);         \
	MORE(192, Z3, Z11);         \
four: \
	ADDQ   $256, SI;            \
	ADDQ   $256, R14;           \
	ADDQ   $32, R12;            \
	SUBQ   $4, CX;              \
	JGE    more;                \
	ADDQ   $4, CX;              \
	JZ     sums;                \
one: /* column more */          \
	MORE(0, Z0, Z8);            \
	ADDQ   $64, SI;             \
	ADDQ   $64, R14;            \
	ADDQ   $8, R12;             \
	DECQ   CX;                  \
	JNZ    one;                 \
sums: \
	VADDPD Z1, Z0, Z0;          \
	VADDPD Z9, Z8, Z8;          \
	VADDPD Z3, Z2, Z2;          \
	VADDPD Z11, Z10, Z10;       \
	VADDPD Z2, Z0, Z0;          \
	VADDPD Z10, Z8, Z8

// func mulTilesAVX512(dst, tiles, x *float64, n, d int)
//
// It multiplies n rows, two tiles at once, by x.
TEXT ·mulTilesAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ tiles+8(FP), SI
	MOVQ n+24(FP), AX
	MOVQ d+32(FP), R13
	SHLQ $3, R13

pair:
	MOVQ x+16(FP), R12
	MOVQ d+32(FP), CX
	LEAQ (SI)(R13*8), R14
	MULTIPLY
	VMOVUPD Z0, (DI)
	VMOVUPD Z8, 64(DI)
	ADDQ    $128, DI
	MOVQ    R14, SI
	SUBQ    $16, AX
	JGT     pair
	VZEROUPPER
	RET

// ROW adds a row, weighted by its residual, to the gradient.
#define ROW(row, residual) \
	VBROADCASTSD residual(BX), Z17; \
	VMULPD.Z     row, Z17, K1, Z17; \
	VADDPD       Z17, Z16, K1, Z16

// func scoreAVX512(dst, x, tiles, y, beta *float64, n, d int, a *lanes, constants *[4]float64, powers *[2]float64) int
//
// It computes two tiles at once. Meanwhile it adds the rows of the two tiles before to
// the gradient, in Z16. The lanes of K1 are the columns, none while there are no tiles
// before. DX is the address of a row, and R13, R10, R11 and DI are the bytes of one, three,
// five and seven rows. The partial sums and products of a are in Z19 and Z20, if there is
// an a.
TEXT ·scoreAVX512(SB), NOSPLIT, $192-88
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), DX
	MOVQ tiles+16(FP), SI
	MOVQ y+24(FP), R15
	MOVQ d+48(FP), CX
	MOVQ a+56(FP), R11
	MOVQ constants+64(FP), R9
	MOVQ powers+72(FP), R8
	LEAQ buffer-129(SP), BX
	ANDQ $-64, BX // the residuals of two tiles, in two lines of the cache
	MOVL $1, AX
	SHLL CX, AX
	DECL AX
	KMOVW AX, K7
	KXORW K1, K1, K1
	VMOVUPD.Z (DI), K7, Z16
	TESTQ R11, R11
	JZ    start
	VMOVUPD (R11), Z19
	VMOVUPD 64(R11), Z20

start:
	VBROADCASTSD ONE, Z22
	VBROADCASTSD SIGN, Z23
	LEAQ (CX*8), R13
	LEAQ (R13)(R13*2), R10
	LEAQ (R13)(R13*4), R11
	LEAQ (R10)(R13*4), DI
	XORQ AX, AX // rows so far
	SUBQ $16, n+40(FP)

pair: // of tiles
	CMPQ AX, n+40(FP)
	JGT  rows
	MOVQ beta+32(FP), R12
	MOVQ d+48(FP), CX
	LEAQ (SI)(R13*8), R14
	MULTIPLY
	MOVQ R14, SI
	ODDS(0(R15), Z0, Z7, K2, K4)
	ODDS(64(R15), Z8, Z15, K3, K5)
	KORTESTW K4, K5
	JNZ  rows
	MOVQ a+56(FP), CX
	TESTQ CX, CX
	JZ   exp
	POSITIVE(Z0, K2, K4, Z19)
	POSITIVE(Z8, K3, K5, Z19)

exp:
	EXP_1(Z0, Z1, Z2, Z3)
	ROW((DX), 0)
	EXP_1(Z8, Z9, Z10, Z11)
	ROW((DX)(R13*1), 8)
	EXP_2(Z0, Z2, Z3, Z4, Z6, K4)
	ROW((DX)(R13*2), 16)
	EXP_2(Z8, Z10, Z11, Z12, Z14, K5)
	ROW((DX)(R10*1), 24)
	EXP_3(Z0, Z2, Z3, Z5, Z6, K4)
	ROW((DX)(R13*4), 32)
	EXP_3(Z8, Z10, Z11, Z13, Z14, K5)
	ROW((DX)(R11*1), 40)
	EXP_4(Z0, Z2, Z6)
	ROW((DX)(R10*2), 48)
	EXP_4(Z8, Z10, Z14)
	ROW((DX)(DI*1), 56)
	LEAQ (DX)(R13*8), DX
	EXP_5(Z0, Z1, Z6)
	ROW((DX), 64)
	EXP_5(Z8, Z9, Z14)
	ROW((DX)(R13*1), 72)
	EXP_6(Z0, Z1, Z2, Z4, Z5, Z6)
	ROW((DX)(R13*2), 80)
	EXP_6(Z8, Z9, Z10, Z12, Z13, Z14)
	ROW((DX)(R10*1), 88)
	EXP_7(Z1, Z4, Z6)
	ROW((DX)(R13*4), 96)
	EXP_7(Z9, Z12, Z14)
	ROW((DX)(R11*1), 104)
	VADDPD Z22, Z6, Z2
	VADDPD Z22, Z14, Z10
	TESTQ  CX, CX
	JZ     residuals
	VMULPD Z2, Z20, Z20
	VMULPD Z10, Z20, Z20

residuals:
	VDIVPD Z2, Z22, Z2
	ROW((DX)(R10*2), 112)
	VDIVPD Z10, Z22, Z10
	ROW((DX)(DI*1), 120)
	RESIDUAL(Z6, Z2, Z7, K2, 0(BX))
	RESIDUAL(Z14, Z10, Z15, K3, 64(BX))
	KMOVW K7, K1
	MOVQ  x+8(FP), DX
	LEAQ  (DX)(R13*8), R12
	LEAQ  (R12)(R13*8), R12
	MOVQ  R12, x+8(FP)
	ADDQ  $128, R15
	ADDQ  $16, AX
	JMP   pair

rows: // of the last two tiles
	ROW((DX), 0)
	ROW((DX)(R13*1), 8)
	ROW((DX)(R13*2), 16)
	ROW((DX)(R10*1), 24)
	ROW((DX)(R13*4), 32)
	ROW((DX)(R11*1), 40)
	ROW((DX)(R10*2), 48)
	ROW((DX)(DI*1), 56)
	LEAQ (DX)(R13*8), DX
	ROW((DX), 64)
	ROW((DX)(R13*1), 72)
	ROW((DX)(R13*2), 80)
	ROW((DX)(R10*1), 88)
	ROW((DX)(R13*4), 96)
	ROW((DX)(R11*1), 104)
	ROW((DX)(R10*2), 112)
	ROW((DX)(DI*1), 120)
	MOVQ dst+0(FP), DI
	VMOVUPD Z16, K1, (DI)
	MOVQ    AX, ret+80(FP)
	MOVQ    a+56(FP), R11
	TESTQ   R11, R11
	JZ      done
	VMOVUPD Z19, (R11)
	VMOVUPD Z20, 64(R11)

done:
	VZEROUPPER
	RET

// ERFC_AVX2 turns Y0 = x, |x| ≤ 26, into Erfc(x). It uses Y1 to Y15.
#define ERFC_AVX2 \
	VMOVAPD Y0, Y8;                                    \
	VANDPD ABS, Y8, Y9;                                \
	/* t = (a − 3)/(a + 3), a = |x|, and its square */ \
	VSUBPD THREE, Y9, Y10;                             \
	VADDPD THREE, Y9, Y11;                             \
	VDIVPD Y11, Y10, Y10;                              \
	VMULPD Y10, Y10, Y11;                              \
	/* P(t) */                                         \
	VBROADCASTSD EVEN(11), Y12;                        \
	VBROADCASTSD ODD(11), Y13;                         \
	STEP_AVX2(EVEN(10), Y11, Y12);                     \
	STEP_AVX2(ODD(10), Y11, Y13);                      \
	STEP_AVX2(EVEN(9), Y11, Y12);                      \
	STEP_AVX2(ODD(9), Y11, Y13);                       \
	STEP_AVX2(EVEN(8), Y11, Y12);                      \
	STEP_AVX2(ODD(8), Y11, Y13);                       \
	STEP_AVX2(EVEN(7), Y11, Y12);                      \
	STEP_AVX2(ODD(7), Y11, Y13);                       \
	STEP_AVX2(EVEN(6), Y11, Y12);                      \
	STEP_AVX2(ODD(6), Y11, Y13);                       \
	STEP_AVX2(EVEN(5), Y11, Y12);                      \
	STEP_AVX2(ODD(5), Y11, Y13);                       \
	STEP_AVX2(EVEN(4), Y11, Y12);                      \
	STEP_AVX2(ODD(4), Y11, Y13);                       \
	STEP_AVX2(EVEN(3), Y11, Y12);                      \
	STEP_AVX2(ODD(3), Y11, Y13);                       \
	STEP_AVX2(EVEN(2), Y11, Y12);                      \
	STEP_AVX2(ODD(2), Y11, Y13);                       \
	STEP_AVX2(EVEN(1), Y11, Y12);                      \
	STEP_AVX2(ODD(1), Y11, Y13);                       \
	STEP_AVX2(EVEN(0), Y11, Y12);                      \
	STEP_AVX2(ODD(0), Y11, Y13);                       \
	VMULPD Y10, Y13, Y13;                              \
	VADDPD Y13, Y12, Y12;                              \
	/* a² = hi² + lo, and P(t) exp(−lo) */             \
	VANDPD HIGH, Y9, Y14;                              \
	VSUBPD Y14, Y9, Y15;                               \
	VADDPD Y14, Y9, Y13;                               \
	VMULPD Y13, Y15, Y15;                              \
	VXORPD SIGN, Y15, Y15;                             \
	VMULPD C720, Y15, Y13;                             \
	VADDPD C120, Y13, Y13;                             \
	STEP_AVX2(C24, Y15, Y13);                          \
	STEP_AVX2(C6, Y15, Y13);                           \
	STEP_AVX2(HALF, Y15, Y13);                         \
	VMULPD Y15, Y15, Y10;                              \
	VMULPD Y13, Y10, Y13;                              \
	VADDPD Y13, Y15, Y13;                              \
	VADDPD ONE, Y13, Y13;                              \
	VMULPD Y12, Y13, Y12;                              \
	/* that over 1 + 2a, times exp(−hi²) */            \
	VADDPD Y9, Y9, Y13;                                \
	VADDPD ONE, Y13, Y13;                              \
	VDIVPD Y13, Y12, Y12;                              \
	VMULPD Y14, Y14, Y0;                               \
	VXORPD SIGN, Y0, Y0;                               \
	EXP_AVX2;                                          \
	VMULPD Y12, Y0, Y0;                                \
	/* 1 − a Q(a²), for a < ½ */                       \
	VMULPD Y9, Y9, Y11;                                \
	VBROADCASTSD NEAR(10), Y12;                        \
	STEP_AVX2(NEAR(9), Y11, Y12);                      \
	STEP_AVX2(NEAR(8), Y11, Y12);                      \
	STEP_AVX2(NEAR(7), Y11, Y12);                      \
	STEP_AVX2(NEAR(6), Y11, Y12);                      \
	STEP_AVX2(NEAR(5), Y11, Y12);                      \
	STEP_AVX2(NEAR(4), Y11, Y12);                      \
	STEP_AVX2(NEAR(3), Y11, Y12);                      \
	STEP_AVX2(NEAR(2), Y11, Y12);                      \
	STEP_AVX2(NEAR(1), Y11, Y12);                      \
	STEP_AVX2(NEAR(0), Y11, Y12);                      \
	VMULPD Y9, Y12, Y12;                               \
	VBROADCASTSD ONE, Y13;                             \
	VSUBPD Y12, Y13, Y12;                              \
	VCMPPD $17, HALF, Y9, Y10;                         \
	VBLENDVPD Y10, Y12, Y0, Y0;                        \
	/* 2 − erfc(a), for x < 0 */                       \
	VADDPD Y13, Y13, Y13;                              \
	VSUBPD Y0, Y13, Y13;                               \
	VXORPD Y10, Y10, Y10;                              \
	VCMPPD $17, Y10, Y8, Y10;                          \
	VBLENDVPD Y10, Y13, Y0, Y0

// func erfcAVX2(dst, x *float64, n int, constants, exp *[4]float64, powers *[2]float64) int
TEXT ·erfcAVX2(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ constants+24(FP), R10
	MOVQ exp+32(FP), R9
	MOVQ powers+40(FP), R8
	XORQ AX, AX
	SUBQ $8, CX

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD   ABS, Y3
	VANDPD    (SI)(AX*8), Y3, Y1
	VANDPD    32(SI)(AX*8), Y3, Y2
	VCMPPD    $18, FARTHEST, Y1, Y1
	VCMPPD    $18, FARTHEST, Y2, Y2
	VANDPD    Y1, Y2, Y1
	VMOVMSKPD Y1, DX
	CMPL      DX, $15
	JNE       done
	VMOVUPD   (SI)(AX*8), Y0
	ERFC_AVX2
	VMOVUPD   Y0, (DI)(AX*8)
	VMOVUPD   32(SI)(AX*8), Y0
	ERFC_AVX2
	VMOVUPD   Y0, 32(DI)(AX*8)
	ADDQ      $8, AX
	JMP       loop

done:
	MOVQ AX, ret+48(FP)
	VZEROUPPER
	RET

// ERFC_AVX512 turns Z0 = x, |x| ≤ 26, into Erfc(x). It uses Z1 to Z15, K1 and K2.
#define ERFC_AVX512 \
	VMOVAPD Z0, Z8;                                    \
	VPANDQ.BCST ABS, Z8, Z9;                           \
	/* t = (a − 3)/(a + 3), a = |x|, and its square */ \
	VSUBPD.BCST THREE, Z9, Z10;                        \
	VADDPD.BCST THREE, Z9, Z11;                        \
	VDIVPD Z11, Z10, Z10;                              \
	VMULPD Z10, Z10, Z11;                              \
	/* P(t) */                                         \
	VBROADCASTSD EVEN(11), Z12;                        \
	VBROADCASTSD ODD(11), Z13;                         \
	STEP_AVX512(EVEN(10), Z11, Z12);                   \
	STEP_AVX512(ODD(10), Z11, Z13);                    \
	STEP_AVX512(EVEN(9), Z11, Z12);                    \
	STEP_AVX512(ODD(9), Z11, Z13);                     \
	STEP_AVX512(EVEN(8), Z11, Z12);                    \
	STEP_AVX512(ODD(8), Z11, Z13);                     \
	STEP_AVX512(EVEN(7), Z11, Z12);                    \
	STEP_AVX512(ODD(7), Z11, Z13);                     \
	STEP_AVX512(EVEN(6), Z11, Z12);                    \
	STEP_AVX512(ODD(6), Z11, Z13);                     \
	STEP_AVX512(EVEN(5), Z11, Z12);                    \
	STEP_AVX512(ODD(5), Z11, Z13);                     \
	STEP_AVX512(EVEN(4), Z11, Z12);                    \
	STEP_AVX512(ODD(4), Z11, Z13);                     \
	STEP_AVX512(EVEN(3), Z11, Z12);                    \
	STEP_AVX512(ODD(3), Z11, Z13);                     \
	STEP_AVX512(EVEN(2), Z11, Z12);                    \
	STEP_AVX512(ODD(2), Z11, Z13);                     \
	STEP_AVX512(EVEN(1), Z11, Z12);                    \
	STEP_AVX512(ODD(1), Z11, Z13);                     \
	STEP_AVX512(EVEN(0), Z11, Z12);                    \
	STEP_AVX512(ODD(0), Z11, Z13);                     \
	VMULPD Z10, Z13, Z13;                              \
	VADDPD Z13, Z12, Z12;                              \
	/* a² = hi² + lo, and P(t) exp(−lo) */             \
	VPANDQ.BCST HIGH, Z9, Z14;                         \
	VSUBPD Z14, Z9, Z15;                               \
	VADDPD Z14, Z9, Z13;                               \
	VMULPD Z13, Z15, Z15;                              \
	VPXORQ.BCST SIGN, Z15, Z15;                        \
	VMULPD.BCST C720, Z15, Z13;                        \
	VADDPD.BCST C120, Z13, Z13;                        \
	STEP_AVX512(C24, Z15, Z13);                        \
	STEP_AVX512(C6, Z15, Z13);                         \
	STEP_AVX512(HALF, Z15, Z13);                       \
	VMULPD Z15, Z15, Z10;                              \
	VMULPD Z13, Z10, Z13;                              \
	VADDPD Z13, Z15, Z13;                              \
	VADDPD.BCST ONE, Z13, Z13;                         \
	VMULPD Z12, Z13, Z12;                              \
	/* that over 1 + 2a, times exp(−hi²) */            \
	VADDPD Z9, Z9, Z13;                                \
	VADDPD.BCST ONE, Z13, Z13;                         \
	VDIVPD Z13, Z12, Z12;                              \
	VMULPD Z14, Z14, Z0;                               \
	VPXORQ.BCST SIGN, Z0, Z0;                          \
	EXP_AVX512;                                        \
	VMULPD Z12, Z0, Z0;                                \
	/* 1 − a Q(a²), for a < ½ */                       \
	VMULPD Z9, Z9, Z11;                                \
	VBROADCASTSD NEAR(10), Z12;                        \
	STEP_AVX512(NEAR(9), Z11, Z12);                    \
	STEP_AVX512(NEAR(8), Z11, Z12);                    \
	STEP_AVX512(NEAR(7), Z11, Z12);                    \
	STEP_AVX512(NEAR(6), Z11, Z12);                    \
	STEP_AVX512(NEAR(5), Z11, Z12);                    \
	STEP_AVX512(NEAR(4), Z11, Z12);                    \
	STEP_AVX512(NEAR(3), Z11, Z12);                    \
	STEP_AVX512(NEAR(2), Z11, Z12);                    \
	STEP_AVX512(NEAR(1), Z11, Z12);                    \
	STEP_AVX512(NEAR(0), Z11, Z12);                    \
	VMULPD Z9, Z12, Z12;                               \
	VBROADCASTSD ONE, Z13;                             \
	VSUBPD Z12, Z13, Z12;                              \
	VCMPPD.BCST $17, HALF, Z9, K1;                     \
	VMOVAPD Z12, K1, Z0;                               \
	/* 2 − erfc(a), for x < 0 */                       \
	VADDPD Z13, Z13, Z13;                              \
	VPXORQ Z10, Z10, Z10;                              \
	VCMPPD $17, Z10, Z8, K1;                           \
	VSUBPD Z0, Z13, K1, Z0

// func erfcAVX512(dst, x *float64, n int, constants, exp *[4]float64, powers *[2]float64) int
TEXT ·erfcAVX512(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ constants+24(FP), R10
	MOVQ exp+32(FP), R9
	MOVQ powers+40(FP), R8
	XORQ AX, AX
	SUBQ $8, CX

loop:
	CMPQ AX, CX
	JGT  done
	VMOVUPD     (SI)(AX*8), Z0
	VPANDQ.BCST ABS, Z0, Z1
	VCMPPD.BCST $18, FARTHEST, Z1, K1
	KMOVW       K1, DX
	CMPL        DX, $255
	JNE         done
	ERFC_AVX512
	VMOVUPD     Z0, (DI)(AX*8)
	ADDQ        $8, AX
	JMP         loop

done:
	MOVQ AX, ret+48(FP)
	VZEROUPPER
	RET
