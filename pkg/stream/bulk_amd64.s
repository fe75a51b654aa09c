#include "textflag.h"

// The kernels do what fillGo and proposeAllGo do, to the bit: no product is
// added to anything.

// func fillAVX512(words *[256]uint64, state *generators)
TEXT ·fillAVX512(SB), NOSPLIT, $0-16
	MOVQ      words+0(FP), DI
	MOVQ      state+8(FP), SI
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VMOVDQU64 128(SI), Z2
	VMOVDQU64 192(SI), Z3
	MOVQ      $32, CX

step:
	VPADDQ    Z3, Z0, Z4
	VPROLQ    $23, Z4, Z4
	VPADDQ    Z0, Z4, Z4
	VMOVDQU64 Z4, (DI)
	VPSLLQ    $17, Z1, Z5
	VPXORQ    Z0, Z2, Z2
	VPXORQ    Z1, Z3, Z3
	VPXORQ    Z2, Z1, Z1
	VPXORQ    Z3, Z0, Z0
	VPXORQ    Z5, Z2, Z2
	VPROLQ    $45, Z3, Z3
	ADDQ      $64, DI
	DECQ      CX
	JNZ       step

	VMOVDQU64 Z0, (SI)
	VMOVDQU64 Z1, 64(SI)
	VMOVDQU64 Z2, 128(SI)
	VMOVDQU64 Z3, 192(SI)
	VZEROUPPER
	RET

// STEP_AVX2 takes four generators, with their states in A, B, C and D, a step
// on and stores their words at AT. It uses T and U.
#define STEP_AVX2(A, B, C, D, T, U, AT) \
	VPADDQ  D, A, T;   \
	VPSLLQ  $23, T, U; \
	VPSRLQ  $41, T, T; \
	VPOR    U, T, T;   \
	VPADDQ  A, T, T;   \
	VMOVDQU T, AT;     \
	VPSLLQ  $17, B, U; \
	VPXOR   A, C, C;   \
	VPXOR   B, D, D;   \
	VPXOR   C, B, B;   \
	VPXOR   D, A, A;   \
	VPXOR   U, C, C;   \
	VPSLLQ  $45, D, U; \
	VPSRLQ  $19, D, D; \
	VPOR    U, D, D

// func fillAVX2(words *[256]uint64, state *generators)
TEXT ·fillAVX2(SB), NOSPLIT, $0-16
	MOVQ    words+0(FP), DI
	MOVQ    state+8(FP), SI
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y4
	VMOVDQU 64(SI), Y1
	VMOVDQU 96(SI), Y5
	VMOVDQU 128(SI), Y2
	VMOVDQU 160(SI), Y6
	VMOVDQU 192(SI), Y3
	VMOVDQU 224(SI), Y7
	MOVQ    $32, CX

step:
	STEP_AVX2(Y0, Y1, Y2, Y3, Y8, Y9, (DI))
	STEP_AVX2(Y4, Y5, Y6, Y7, Y10, Y11, 32(DI))
	ADDQ $64, DI
	DECQ CX
	JNZ  step

	VMOVDQU Y0, (SI)
	VMOVDQU Y4, 32(SI)
	VMOVDQU Y1, 64(SI)
	VMOVDQU Y5, 96(SI)
	VMOVDQU Y2, 128(SI)
	VMOVDQU Y6, 160(SI)
	VMOVDQU Y3, 192(SI)
	VMOVDQU Y7, 224(SI)
	VZEROUPPER
	RET

// func proposeAVX512(dst *[256]float64, inside *[4]uint64, words *[256]uint64, ziggurat *[layers]layer)
TEXT ·proposeAVX512(SB), NOSPLIT, $0-32
	MOVQ         dst+0(FP), DI
	MOVQ         inside+8(FP), DX
	MOVQ         words+16(FP), SI
	MOVQ         ziggurat+24(FP), BX
	MOVQ         $511, AX
	VPBROADCASTQ AX, Z10
	MOVQ         $0x3ff0000000000000, AX
	VPBROADCASTQ AX, Z11
	MOVQ         $0x8000000000000000, AX
	VPBROADCASTQ AX, Z12
	MOVQ         $32, CX

eight:
	VMOVDQU64  (SI), Z0
	VPANDQ     Z10, Z0, Z1        // the layer
	VPADDQ     Z1, Z1, Z1
	KXNORW     K2, K2, K2
	KXNORW     K3, K3, K3
	VPXORQ     Z2, Z2, Z2
	VPXORQ     Z3, Z3, Z3
	VGATHERQPD (BX)(Z1*8), K2, Z2  // its width
	VGATHERQPD 8(BX)(Z1*8), K3, Z3 // and what is inside
	VPSRLQ     $12, Z0, Z4
	VPORQ      Z11, Z4, Z4
	VSUBPD     Z11, Z4, Z4        // u
	VCMPPD     $1, Z3, Z4, K4     // u < inside
	VMULPD     Z2, Z4, Z4
	VPSLLQ     $54, Z0, Z0
	VPANDQ     Z12, Z0, Z0
	VPORQ      Z0, Z4, Z4
	VMOVDQU64  Z4, (DI)
	KMOVW      K4, AX
	MOVB       AX, (DX)
	ADDQ       $64, DI
	ADDQ       $64, SI
	INCQ       DX
	DECQ       CX
	JNZ        eight
	VZEROUPPER
	RET

// FOUR_AVX2 makes numbers of four words at byte at, and moves their bits into R.
#define FOUR_AVX2(at, R) \
	VMOVDQU    at(SI), Y0;          \
	VPAND      Y10, Y0, Y1;         \
	VPADDQ     Y1, Y1, Y1;          \
	VPCMPEQQ   Y5, Y5, Y5;          \
	VPCMPEQQ   Y6, Y6, Y6;          \
	VPXOR      Y2, Y2, Y2;          \
	VPXOR      Y3, Y3, Y3;          \
	VGATHERQPD Y5, (BX)(Y1*8), Y2;  \
	VGATHERQPD Y6, 8(BX)(Y1*8), Y3; \
	VPSRLQ     $12, Y0, Y4;         \
	VPOR       Y11, Y4, Y4;         \
	VSUBPD     Y11, Y4, Y4;         \
	VCMPPD     $1, Y3, Y4, Y7;      \
	VMULPD     Y2, Y4, Y4;          \
	VPSLLQ     $54, Y0, Y0;         \
	VPAND      Y12, Y0, Y0;         \
	VPOR       Y0, Y4, Y4;          \
	VMOVUPD    Y4, at(DI);          \
	VMOVMSKPD  Y7, R

// func proposeAVX2(dst *[256]float64, inside *[4]uint64, words *[256]uint64, ziggurat *[layers]layer)
TEXT ·proposeAVX2(SB), NOSPLIT, $0-32
	MOVQ         dst+0(FP), DI
	MOVQ         inside+8(FP), DX
	MOVQ         words+16(FP), SI
	MOVQ         ziggurat+24(FP), BX
	MOVQ         $511, AX
	VMOVQ        AX, X10
	VPBROADCASTQ X10, Y10
	MOVQ         $0x3ff0000000000000, AX
	VMOVQ        AX, X11
	VPBROADCASTQ X11, Y11
	MOVQ         $0x8000000000000000, AX
	VMOVQ        AX, X12
	VPBROADCASTQ X12, Y12
	MOVQ         $32, CX

eight: // as in proposeAVX512
	FOUR_AVX2(0, AX)
	FOUR_AVX2(32, R8)
	SHLL $4, R8
	ORL  R8, AX
	MOVB AX, (DX)
	ADDQ $64, DI
	ADDQ $64, SI
	INCQ DX
	DECQ CX
	JNZ  eight
	VZEROUPPER
	RET
