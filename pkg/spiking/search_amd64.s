#include "go_asm.h"
#include "textflag.h"

// The estimate of a voltage is offset − scale·q + unit·(product of integers) in single
// precision. Its roundings need not be the same everywhere: the error that is allowed
// for covers them.

// BEGIN takes the vectors of the search in DI, and counts in AX the neurons above
// threshold.
#define BEGIN \
	MOVQ voltageSearch_coarse(DI), R9;       \
	MOVQ coarse_g(R9), SI;                   \
	MOVQ coarse_pairs(R9), R8;               \
	MOVQ voltageSearch_q32(DI), BX;          \
	MOVQ voltageSearch_threshold32(DI), R10; \
	MOVQ voltageSearch_shift32(DI), R11;     \
	MOVQ voltageSearch_excess(DI), R12;      \
	MOVQ voltageSearch_open(DI), R13;        \
	XORQ R15, R15;                           \
	XORQ AX, AX

// NEXT goes on to the next tile, given the neurons of this one that are above threshold
// for certain and perhaps. The zero flag tells that there is no other tile.
#define NEXT(certain, perhaps) \
	XORQ    certain, perhaps; \
	MOVQ    perhaps, (R13);   \
	ORQ     perhaps, R15;     \
	POPCNTQ certain, certain; \
	ADDQ    certain, AX;      \
	ADDQ    $256, BX;         \
	ADDQ    $256, R10;        \
	ADDQ    $256, R11;        \
	ADDQ    $256, R12;        \
	ADDQ    $8, R13;          \
	DECQ    R9

// END goes on to the largest excess if any neuron may be above threshold.
#define END(nearest) \
	MOVQ AX, voltageSearch_above(DI);    \
	MOVQ R15, voltageSearch_anyOpen(DI); \
	ORQ  AX, R15;                        \
	JNZ  any;                            \
	MOVQ R15, voltageSearch_near(DI);    \
	VZEROUPPER;                          \
	RET;                                 \
any:                                         \
	JMP  nearest

// GROUP takes 16 products of integers in acc, of the neurons from byte at of the
// vectors over neurons. It stores V − shift, keeps the largest in Z14, and sets the
// masks sure, V − T > err, and may, V − T > −err. (Predicate 0x1E: greater, ordered,
// quiet.)
#define GROUP(acc, at, sure, may) \
	VCVTDQ2PS    acc, acc             \
	VMOVAPS      Z16, Z8              \
	VFNMADD231PS at(BX), Z17, Z8      \
	VFMADD213PS  Z8, Z15, acc         \
	VSUBPS       at(R10), acc, Z8     \
	VSUBPS       at(R11), acc, acc    \
	VMOVUPS      acc, at(R12)         \
	VMAXPS       acc, Z14, Z14        \
	VCMPPS       $0x1E, Z18, Z8, sure \
	VCMPPS       $0x1E, Z19, Z8, may

// GROUPS1 to GROUPS4 take the products of as many groups as GROUP does, and set K1 and K2
// to the masks of their neurons.
#define GROUPS1(A0) \
	GROUP(A0, 0, K1, K2)

#define GROUPS2(A0, A1) \
	GROUPS1(A0)           \
	GROUP(A1, 64, K3, K4) \
	KUNPCKWD K1, K3, K1;  \
	KUNPCKWD K2, K4, K2

#define GROUPS3(A0, A1, A2) \
	GROUPS2(A0, A1)        \
	GROUP(A2, 128, K3, K4) \
	KUNPCKDQ K1, K3, K1;   \
	KUNPCKDQ K2, K4, K2

#define GROUPS4(A0, A1, A2, A3) \
	GROUPS2(A0, A1)        \
	GROUP(A2, 128, K3, K4) \
	GROUP(A3, 192, K5, K6) \
	KUNPCKWD K3, K5, K3;   \
	KUNPCKWD K4, K6, K4;   \
	KUNPCKDQ K1, K3, K1;   \
	KUNPCKDQ K2, K4, K2

// PAIR takes the next pair of dimensions in Z8, which NEXT_PAIR ends.
#define PAIR \
	VPBROADCASTD (DX)(CX*4), Z8

#define NEXT_PAIR \
	ADDQ $256, SI; \
	INCQ CX

// func estimateVoltages(s *voltageSearch)
TEXT ·estimateVoltages(SB), NOSPLIT, $0-8
	CMPB ·hasVNNI(SB), $0
	JNE  vnni
	JMP  estimateAVX2<>(SB)

vnni:
	MOVQ s+0(FP), DI
	BEGIN
	MOVQ coarse_full(R9), R9
	MOVQ voltageSearch_w(DI), DX
	LEAQ (DX)(R8*4), DX
	NEGQ R8
	VBROADCASTSS voltageSearch_unit32(DI), Z15
	VBROADCASTSS voltageSearch_offset32(DI), Z16
	VBROADCASTSS voltageSearch_scale32(DI), Z17
	VBROADCASTSS voltageSearch_err(DI), Z18
	VPXORQ       Z19, Z19, Z19
	VSUBPS       Z18, Z19, Z19
	VPTERNLOGD   $0xFF, Z14, Z14, Z14
	VPSLLD       $23, Z14, Z14 // −Inf
	TESTQ        R9, R9
	JZ           rest

tile: // Z0–Z3 are the sums of products of 64 neurons
	MOVQ   R8, CX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3

four:
	PAIR
	VPDPWSSD (SI), Z8, Z0
	VPDPWSSD 64(SI), Z8, Z1
	VPDPWSSD 128(SI), Z8, Z2
	VPDPWSSD 192(SI), Z8, Z3
	NEXT_PAIR
	JNZ      four
	GROUPS4(Z0, Z1, Z2, Z3)
	KMOVQ    K1, CX
	KMOVQ    K2, R14
	NEXT(CX, R14)
	JNZ      tile

rest: // up to three groups, the last tile
	MOVQ   voltageSearch_coarse(DI), CX
	MOVQ   coarse_rest(CX), R9
	TESTQ  R9, R9
	JZ     done
	MOVQ   R8, CX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	CMPQ   R9, $2
	JLT    one
	JEQ    two

three:
	PAIR
	VPDPWSSD (SI), Z8, Z0
	VPDPWSSD 64(SI), Z8, Z1
	VPDPWSSD 128(SI), Z8, Z2
	NEXT_PAIR
	JNZ      three
	GROUPS3(Z0, Z1, Z2)
	JMP      last

two:
	PAIR
	VPDPWSSD (SI), Z8, Z0
	VPDPWSSD 64(SI), Z8, Z1
	NEXT_PAIR
	JNZ      two
	GROUPS2(Z0, Z1)
	JMP      last

one:
	PAIR
	VPDPWSSD (SI), Z8, Z0
	NEXT_PAIR
	JNZ      one
	GROUPS1(Z0)

last:
	KMOVQ K1, CX
	KMOVQ K2, R14
	NEXT(CX, R14)

done:
	VMOVUPS Z14, voltageSearch_top(DI)
	END(nearestAVX512<>(SB))

// TAKE takes the products of integers of a tile in four vectors, for the search in S. The
// tile begins at byte DX of the vectors over neurons.
#define TAKE(S, A0, A1, A2, A3) \
	MOVQ         voltageSearch_q32(S), BX;    \
	MOVQ         voltageSearch_threshold32(S), R10; \
	MOVQ         voltageSearch_shift32(S), R11; \
	MOVQ         voltageSearch_excess(S), R12; \
	ADDQ         DX, BX;                      \
	ADDQ         DX, R10;                     \
	ADDQ         DX, R11;                     \
	ADDQ         DX, R12;                     \
	VMOVUPS      voltageSearch_top(S), Z14;   \
	VBROADCASTSS voltageSearch_unit32(S), Z15; \
	VBROADCASTSS voltageSearch_offset32(S), Z16; \
	VBROADCASTSS voltageSearch_scale32(S), Z17; \
	VBROADCASTSS voltageSearch_err(S), Z18;   \
	VPXORQ       Z19, Z19, Z19;               \
	VSUBPS       Z18, Z19, Z19;               \
	GROUPS4(A0, A1, A2, A3)                   \
	VMOVUPS      Z14, voltageSearch_top(S);   \
	KMOVQ        K1, AX;                      \
	KMOVQ        K2, CX;                      \
	XORQ         AX, CX;                      \
	MOVQ         voltageSearch_open(S), R13;  \
	MOVQ         DX, BX;                      \
	SHRQ         $5, BX;                      \
	MOVQ         CX, (R13)(BX*1);             \
	ORQ          CX, voltageSearch_anyOpen(S); \
	POPCNTQ      AX, AX;                      \
	ADDQ         AX, voltageSearch_above(S)

// func estimatePairVNNI(s, t *voltageSearch)
TEXT ·estimatePairVNNI(SB), NOSPLIT, $0-16
	MOVQ       s+0(FP), DI
	MOVQ       t+8(FP), R15
	MOVQ       voltageSearch_coarse(DI), R9
	MOVQ       coarse_g(R9), SI
	MOVQ       coarse_pairs(R9), R8
	MOVQ       coarse_tiles(R9), R9
	VPTERNLOGD $0xFF, Z14, Z14, Z14
	VPSLLD     $23, Z14, Z14 // −Inf
	VMOVUPS    Z14, voltageSearch_top(DI)
	VMOVUPS    Z14, voltageSearch_top(R15)
	XORL       AX, AX
	MOVQ       AX, voltageSearch_above(DI)
	MOVQ       AX, voltageSearch_above(R15)
	MOVQ       AX, voltageSearch_anyOpen(DI)
	MOVQ       AX, voltageSearch_anyOpen(R15)
	XORL       DX, DX

tile: // Z0–Z3, and of the other search Z4–Z7
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	MOVQ   voltageSearch_w(DI), R10
	MOVQ   voltageSearch_w(R15), R11
	MOVQ   R8, CX

pair: // of dimensions
	VPBROADCASTD (R10), Z8
	VPBROADCASTD (R11), Z9
	VMOVDQU64    (SI), Z10
	VMOVDQU64    64(SI), Z11
	VMOVDQU64    128(SI), Z12
	VMOVDQU64    192(SI), Z13
	VPDPWSSD     Z10, Z8, Z0
	VPDPWSSD     Z10, Z9, Z4
	VPDPWSSD     Z11, Z8, Z1
	VPDPWSSD     Z11, Z9, Z5
	VPDPWSSD     Z12, Z8, Z2
	VPDPWSSD     Z12, Z9, Z6
	VPDPWSSD     Z13, Z8, Z3
	VPDPWSSD     Z13, Z9, Z7
	ADDQ         $256, SI
	ADDQ         $4, R10
	ADDQ         $4, R11
	DECQ         CX
	JNZ          pair

	TAKE(DI, Z0, Z1, Z2, Z3)
	TAKE(R15, Z4, Z5, Z6, Z7)
	ADDQ $256, DX
	DECQ R9
	JNZ  tile
	VMOVUPS voltageSearch_top(DI), Z14
	CALL    nearestAVX512<>(SB)
	MOVQ    R15, DI
	VMOVUPS voltageSearch_top(DI), Z14
	CALL    nearestAVX512<>(SB)
	RET

// EIGHT takes eight products of integers in acc, of the neurons from byte at of the
// vectors over neurons, as GROUP does. It shifts the masks into R14 and CX, from above.
#define EIGHT(acc, at) \
	VCVTDQ2PS acc, acc            \
	VMULPS    Y10, acc, acc       \
	VMULPS    at(BX), Y12, Y8     \
	VSUBPS    Y8, Y11, Y8         \
	VADDPS    Y8, acc, acc        \
	VSUBPS    at(R10), acc, Y8    \
	VSUBPS    at(R11), acc, acc   \
	VMOVUPS   acc, at(R12)        \
	VMAXPS    acc, Y15, Y15       \
	VCMPPS    $0x1E, Y13, Y8, acc \
	VCMPPS    $0x1E, Y14, Y8, Y8  \
	VMOVMSKPS acc, DX             \
	SHLQ      $8, R14             \
	ORQ       DX, R14             \
	VMOVMSKPS Y8, DX              \
	SHLQ      $8, CX              \
	ORQ       DX, CX

// estimateVoltages without VNNI.
TEXT estimateAVX2<>(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), DI
	BEGIN
	MOVQ     coarse_tiles(R9), R9
	VPCMPEQD Y15, Y15, Y15
	VPSLLD   $23, Y15, Y15 // −Inf

tile: // Y0–Y7 are the sums of products of 64 neurons
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	MOVQ  voltageSearch_w(DI), DX
	MOVQ  R8, CX

pair: // of dimensions
	VPBROADCASTD (DX), Y8
	VPMADDWD     (SI), Y8, Y9
	VPMADDWD     32(SI), Y8, Y10
	VPMADDWD     64(SI), Y8, Y11
	VPMADDWD     96(SI), Y8, Y12
	VPADDD       Y9, Y0, Y0
	VPADDD       Y10, Y1, Y1
	VPADDD       Y11, Y2, Y2
	VPADDD       Y12, Y3, Y3
	VPMADDWD     128(SI), Y8, Y9
	VPMADDWD     160(SI), Y8, Y10
	VPMADDWD     192(SI), Y8, Y11
	VPMADDWD     224(SI), Y8, Y12
	VPADDD       Y9, Y4, Y4
	VPADDD       Y10, Y5, Y5
	VPADDD       Y11, Y6, Y6
	VPADDD       Y12, Y7, Y7
	ADDQ         $256, SI
	ADDQ         $4, DX
	DECQ         CX
	JNZ          pair

	VBROADCASTSS voltageSearch_unit32(DI), Y10
	VBROADCASTSS voltageSearch_offset32(DI), Y11
	VBROADCASTSS voltageSearch_scale32(DI), Y12
	VBROADCASTSS voltageSearch_err(DI), Y13
	VXORPS       Y14, Y14, Y14
	VSUBPS       Y13, Y14, Y14
	XORQ         R14, R14
	XORQ         CX, CX
	EIGHT(Y7, 224)
	EIGHT(Y6, 192)
	EIGHT(Y5, 160)
	EIGHT(Y4, 128)
	EIGHT(Y3, 96)
	EIGHT(Y2, 64)
	EIGHT(Y1, 32)
	EIGHT(Y0, 0)
	NEXT(R14, CX)
	JNZ          tile
	VMOVUPS      Y15, voltageSearch_top(DI)
	VMOVUPS      Y15, voltageSearch_top+32(DI)
	END(nearestAVX2<>(SB))

// NEAR_BEGIN takes in SI and R8 the end of the excesses and their number, and counts in R10.
#define NEAR_BEGIN \
	MOVQ voltageSearch_excess(DI), SI;   \
	MOVQ voltageSearch_excess+8(DI), R8; \
	LEAQ (SI)(R8*4), SI;                 \
	XORL R10, R10

// NEAR_NEXT goes on to the tile before, given in AX the neurons of this one that are
// near. The zero flag tells that there is no other.
#define NEAR_NEXT \
	POPCNTQ AX, DX;         \
	ADDQ    DX, R10;        \
	BSFQ    AX, DX;         \
	LEAQ    -64(R8)(DX*1), DX; \
	CMOVQNE DX, R11;        \
	SUBQ    $64, R8

#define NEAR_END \
	MOVQ R11, voltageSearch_first(DI); \
	MOVQ R10, voltageSearch_near(DI);  \
	VZEROUPPER;                        \
	RET

// func nearLargest(s *voltageSearch)
TEXT ·nearLargest(SB), NOSPLIT, $0-8
	MOVQ    s+0(FP), DI
	CMPB    ·hasVNNI(SB), $0
	JNE     avx512
	VMOVUPS voltageSearch_top(DI), Y15
	JMP     nearestAVX2<>(SB)

avx512:
	VMOVUPS voltageSearch_top(DI), Z14
	JMP     nearestAVX512<>(SB)

// SORTABLE turns single-precision numbers into integers of the same order, and back.
#define SORTABLE \
	VPSRAD $31, Z14, Z0; \
	VPSRLD $1, Z0, Z0;   \
	VPXORD Z0, Z14, Z14

// nearestAVX512 finds the first of the neurons whose excess is within 2·err of the
// largest, and the number of them, for the search in DI. The largest is one of Z14.
TEXT nearestAVX512<>(SB), NOSPLIT, $0-0
	SORTABLE
	VSHUFI64X2   $0x4E, Z14, Z14, Z0
	VPMAXSD      Z0, Z14, Z14
	VSHUFI64X2   $0xB1, Z14, Z14, Z0
	VPMAXSD      Z0, Z14, Z14
	VPSHUFD      $0x4E, Z14, Z0
	VPMAXSD      Z0, Z14, Z14
	VPSHUFD      $0xB1, Z14, Z0
	VPMAXSD      Z0, Z14, Z14
	SORTABLE
	VBROADCASTSS voltageSearch_err(DI), Z1
	VADDPS       Z1, Z1, Z1
	VSUBPS       Z1, Z14, Z0
	NEAR_BEGIN

tile: // predicate 0x12: less or equal, ordered, quiet
	SUBQ     $256, SI
	VCMPPS   $0x12, (SI), Z0, K1
	VCMPPS   $0x12, 64(SI), Z0, K2
	VCMPPS   $0x12, 128(SI), Z0, K3
	VCMPPS   $0x12, 192(SI), Z0, K4
	KUNPCKWD K1, K2, K1
	KUNPCKWD K3, K4, K3
	KUNPCKDQ K1, K3, K1
	KMOVQ    K1, AX
	NEAR_NEXT
	JNZ      tile
	NEAR_END

// SHIFT shifts into AX the mask of eight entries that are at least those of Y0.
#define SHIFT(at) \
	VCMPPS    $0x12, at(SI), Y0, Y1 \
	VMOVMSKPS Y1, DX                \
	SHLQ      $8, AX                \
	ORQ       DX, AX

// nearestAVX2 does what nearestAVX512 does. The largest is one of Y15.
TEXT nearestAVX2<>(SB), NOSPLIT, $0-0
	VEXTRACTF128 $1, Y15, X0
	VMAXPS       X0, X15, X0
	VPERMILPS    $0x4E, X0, X1
	VMAXPS       X1, X0, X0
	VPERMILPS    $0xB1, X0, X1
	VMAXPS       X1, X0, X0
	VMOVSS       voltageSearch_err(DI), X1
	VADDSS       X1, X1, X1
	VSUBSS       X1, X0, X0
	VBROADCASTSS X0, Y0
	NEAR_BEGIN

tile:
	SUBQ $256, SI
	XORQ AX, AX
	SHIFT(224)
	SHIFT(192)
	SHIFT(160)
	SHIFT(128)
	SHIFT(96)
	SHIFT(64)
	SHIFT(32)
	SHIFT(0)
	NEAR_NEXT
	JNZ  tile
	NEAR_END
