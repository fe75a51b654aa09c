#include "go_asm.h"
#include "textflag.h"

// The estimate of a voltage is offset − scale·q + unit·(product of integers) in single
// precision. Its roundings need not be the same everywhere: the error that is allowed
// for covers them.

// BEGIN takes the vectors of the search in DI, and in AX counts neurons above
// threshold.
#define BEGIN \
	MOVQ voltageSearch_coarse(DI), R9; \
	MOVQ coarse_g(R9), SI; \
	MOVQ coarse_fours(R9), R8; \
	MOVQ coarse_tiles(R9), R9; \
	MOVQ voltageSearch_q32(DI), BX; \
	MOVQ voltageSearch_threshold32(DI), R10; \
	MOVQ voltageSearch_shift32(DI), R11; \
	MOVQ voltageSearch_excess(DI), R12; \
	MOVQ voltageSearch_open(DI), R13; \
	MOVQ voltageSearch_top(DI), R15; \
	XORQ AX, AX

// NEXT goes on to the next tile. The zero flag tells that there is none.
#define NEXT \
	ADDQ $256, BX; \
	ADDQ $256, R10; \
	ADDQ $256, R11; \
	ADDQ $256, R12; \
	ADDQ $8, R13; \
	ADDQ $4, R15; \
	DECQ R9

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

// func estimateVNNI(s *voltageSearch)
TEXT ·estimateVNNI(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), DI
	BEGIN
	VBROADCASTSS voltageSearch_unit(DI), Z15
	VBROADCASTSS voltageSearch_offset32(DI), Z16
	VBROADCASTSS voltageSearch_scale32(DI), Z17
	VBROADCASTSS voltageSearch_err(DI), Z18
	VPXORQ       Z19, Z19, Z19
	VSUBPS       Z18, Z19, Z19
	VPTERNLOGD   $0xFF, Z20, Z20, Z20
	VPSLLD       $23, Z20, Z20 // −Inf

tile: // Z0–Z3 and Z4–Z7 are sums of products of 64 neurons
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z5, Z5, Z5
	VPXORQ Z6, Z6, Z6
	VPXORQ Z7, Z7, Z7
	MOVQ   voltageSearch_w(DI), DX
	MOVQ   R8, CX

four: // dimensions
	VPBROADCASTD (DX), Z8
	VPBROADCASTD 4(DX), Z9
	VPDPWSSD     (SI), Z8, Z0
	VPDPWSSD     64(SI), Z8, Z1
	VPDPWSSD     128(SI), Z8, Z2
	VPDPWSSD     192(SI), Z8, Z3
	VPDPWSSD     256(SI), Z9, Z4
	VPDPWSSD     320(SI), Z9, Z5
	VPDPWSSD     384(SI), Z9, Z6
	VPDPWSSD     448(SI), Z9, Z7
	ADDQ         $512, SI
	ADDQ         $8, DX
	DECQ         CX
	JNZ          four

	VPADDD   Z4, Z0, Z0
	VPADDD   Z5, Z1, Z1
	VPADDD   Z6, Z2, Z2
	VPADDD   Z7, Z3, Z3
	VMOVAPS  Z20, Z14
	GROUP(Z0, 0, K1, K2)
	GROUP(Z1, 64, K3, K4)
	KUNPCKWD K1, K3, K1
	KUNPCKWD K2, K4, K2
	GROUP(Z2, 128, K3, K4)
	GROUP(Z3, 192, K5, K6)
	KUNPCKWD K3, K5, K3
	KUNPCKWD K4, K6, K4
	KUNPCKDQ K1, K3, K1
	KUNPCKDQ K2, K4, K2
	KMOVQ    K1, CX // surely above
	KMOVQ    K2, DX // perhaps above
	XORQ     CX, DX
	MOVQ     DX, (R13)
	POPCNTQ  CX, CX
	ADDQ     CX, AX

	VEXTRACTF64X4 $1, Z14, Y8
	VMAXPS        Y8, Y14, Y14
	VEXTRACTF128  $1, Y14, X8
	VMAXPS        X8, X14, X14
	VPERMILPS     $0x4E, X14, X8
	VMAXPS        X8, X14, X14
	VPERMILPS     $0xB1, X14, X8
	VMAXSS        X8, X14, X14
	VMOVSS        X14, (R15)

	NEXT
	JNZ  tile
	MOVQ AX, voltageSearch_above(DI)
	VZEROUPPER
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

// func estimateAVX2(s *voltageSearch)
TEXT ·estimateAVX2(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), DI
	BEGIN
	SHLQ $1, R8 // pairs of dimensions

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

two: // dimensions
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
	JNZ          two

	VBROADCASTSS voltageSearch_unit(DI), Y10
	VBROADCASTSS voltageSearch_offset32(DI), Y11
	VBROADCASTSS voltageSearch_scale32(DI), Y12
	VBROADCASTSS voltageSearch_err(DI), Y13
	VXORPS       Y14, Y14, Y14
	VSUBPS       Y13, Y14, Y14
	VPCMPEQD     Y15, Y15, Y15
	VPSLLD       $23, Y15, Y15 // −Inf
	XORQ         R14, R14      // surely above
	XORQ         CX, CX        // perhaps above
	EIGHT(Y7, 224)
	EIGHT(Y6, 192)
	EIGHT(Y5, 160)
	EIGHT(Y4, 128)
	EIGHT(Y3, 96)
	EIGHT(Y2, 64)
	EIGHT(Y1, 32)
	EIGHT(Y0, 0)
	XORQ         R14, CX
	MOVQ         CX, (R13)
	POPCNTQ      R14, R14
	ADDQ         R14, AX
	VEXTRACTF128 $1, Y15, X8
	VMAXPS       X8, X15, X15
	VPERMILPS    $0x4E, X15, X8
	VMAXPS       X8, X15, X15
	VPERMILPS    $0xB1, X15, X8
	VMAXSS       X8, X15, X15
	VMOVSS       X15, (R15)

	NEXT
	JNZ  tile
	MOVQ AX, voltageSearch_above(DI)
	VZEROUPPER
	RET

// func roundTo16(w *int16, u *float64, fours int, length float64) (norm, per float64)
TEXT ·roundTo16(SB), NOSPLIT, $0-48
	MOVQ w+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ fours+16(FP), CX
	VXORPD Y2, Y2, Y2
	XORQ   AX, AX
	SHLQ   $5, CX

square:
	VMOVUPD (SI)(AX*1), Y0
	VMULPD  Y0, Y0, Y0
	VADDPD  Y0, Y2, Y2
	ADDQ    $32, AX
	CMPQ    AX, CX
	JNE     square

	VEXTRACTF128 $1, Y2, X0
	VADDPD       X0, X2, X2
	VHADDPD      X2, X2, X2

	// Halving the bits of |u|² and taking them from these gives 1/|u| to 3.5 %.
	MOVQ         $0x5FE6EB50C7B537A9, DX
	VMOVQ        X2, AX
	SHRQ         $1, AX
	SUBQ         AX, DX
	VMOVQ        DX, X1
	VMULSD       length+24(FP), X1, X1
	VSQRTSD      X2, X2, X2
	VMOVSD       X2, norm+32(FP)
	VMOVSD       X1, per+40(FP)
	VBROADCASTSD X1, Y1
	XORQ         AX, AX

round:
	VMULPD     (SI)(AX*1), Y1, Y0
	VCVTPD2DQY Y0, X0
	VPACKSSDW  X0, X0, X0
	VMOVQ      X0, (DI)
	ADDQ       $8, DI
	ADDQ       $32, AX
	CMPQ       AX, CX
	JNE        round
	VZEROUPPER
	RET

// SHIFT shifts into AX the mask of eight entries that are at least those of Y0
// (predicate 0x1D: greater or equal, ordered, quiet).
#define SHIFT(at) \
	VMOVUPS   at(SI), Y1        \
	VCMPPS    $0x1D, Y0, Y1, Y1 \
	VMOVMSKPS Y1, DX            \
	SHLQ      $8, AX            \
	ORQ       DX, AX

// func atLeast(x *[coarseLanes]float32, y float32) (mask uint64)
TEXT ·atLeast(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), SI
	VBROADCASTSS y+8(FP), Y0
	XORQ AX, AX
	SHIFT(224)
	SHIFT(192)
	SHIFT(160)
	SHIFT(128)
	SHIFT(96)
	SHIFT(64)
	SHIFT(32)
	SHIFT(0)
	VZEROUPPER
	MOVQ AX, mask+16(FP)
	RET
