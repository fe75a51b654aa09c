#include "go_asm.h"
#include "textflag.h"

// A neuron's voltage is offset − scale·q + unit·(product of integers). Here
// multiplications and additions may be fused: the error that is allowed for covers
// it, and the search does not depend on what is within the error.

// GROUP takes eight products of integers in Z, of the neurons from byte at of the
// vectors over neurons. It stores V − shift, keeps the largest in Z14, and sets the
// masks sure, V − T > err, and may, V − T > −err. (Predicate 0x1E: greater, ordered,
// quiet.)
#define GROUP(acc, at, sure, may) \
	VMOVAPD Z16, Z8           \
	VFNMADD231PD at(BX), Z17, Z8 \
	VFMADD213PD  Z8, Z15, acc \
	VSUBPD  at(R10), acc, Z8  \
	VSUBPD  at(R11), acc, acc \
	VMOVUPD acc, at(R12)      \
	VMAXPD  acc, Z14, Z14     \
	VCMPPD  $0x1E, Z18, Z8, sure \
	VCMPPD  $0x1E, Z19, Z8, may

// HALF takes the products of 32 neurons, 16 in each of a and b, and leaves their
// masks in K1 and K2.
#define HALF(a, ya, b, yb, at) \
	VCVTDQ2PD     ya, Z9          \
	VEXTRACTI64X4 $1, a, Y10      \
	VCVTDQ2PD     Y10, Z10        \
	VCVTDQ2PD     yb, Z11         \
	VEXTRACTI64X4 $1, b, Y12      \
	VCVTDQ2PD     Y12, Z12        \
	GROUP(Z9, at, K1, K2)         \
	GROUP(Z10, (at+64), K3, K4)   \
	KUNPCKBW      K1, K3, K1      \
	KUNPCKBW      K2, K4, K2      \
	GROUP(Z11, (at+128), K3, K4)  \
	GROUP(Z12, (at+192), K5, K6)  \
	KUNPCKBW      K3, K5, K3      \
	KUNPCKBW      K4, K6, K4      \
	KUNPCKWD      K1, K3, K1      \
	KUNPCKWD      K2, K4, K2

// func estimateVNNI(s *voltageSearch)
TEXT ·estimateVNNI(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), DI
	MOVQ voltageSearch_coarse(DI), R9
	MOVQ coarse_g(R9), SI
	MOVQ coarse_fours(R9), R8
	MOVQ coarse_tiles(R9), R9
	MOVQ voltageSearch_q(DI), BX
	MOVQ voltageSearch_threshold(DI), R10
	MOVQ voltageSearch_shift(DI), R11
	MOVQ voltageSearch_excess(DI), R12
	MOVQ voltageSearch_open(DI), R13
	MOVQ voltageSearch_top(DI), R15
	VBROADCASTSD voltageSearch_unit(DI), Z15
	VBROADCASTSD voltageSearch_offset(DI), Z16
	VBROADCASTSD voltageSearch_scale(DI), Z17
	VBROADCASTSD voltageSearch_err(DI), Z18
	VPXORQ       Z19, Z19, Z19
	VSUBPD       Z18, Z19, Z19
	XORQ         AX, AX // the number above threshold

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

	VPADDD Z4, Z0, Z0
	VPADDD Z5, Z1, Z1
	VPADDD Z6, Z2, Z2
	VPADDD Z7, Z3, Z3

	VPTERNLOGD    $0xFF, Z14, Z14, Z14
	VPSLLQ        $52, Z14, Z14 // −Inf
	HALF(Z0, Y0, Z1, Y1, 0)
	KMOVD         K1, CX
	KMOVD         K2, DX
	HALF(Z2, Y2, Z3, Y3, 256)
	KMOVD         K1, R14
	SHLQ          $32, R14
	ORQ           CX, R14 // surely above
	KMOVD         K2, CX
	SHLQ          $32, CX
	ORQ           DX, CX  // perhaps above
	XORQ          R14, CX
	MOVQ          CX, (R13)
	POPCNTQ       R14, R14
	ADDQ          R14, AX

	VEXTRACTF64X4 $1, Z14, Y8
	VMAXPD        Y8, Y14, Y14
	VEXTRACTF128  $1, Y14, X8
	VMAXPD        X8, X14, X14
	VPERMILPD     $1, X14, X8
	VMAXSD        X8, X14, X14
	VMOVSD        X14, (R15)

	ADDQ $512, BX
	ADDQ $512, R10
	ADDQ $512, R11
	ADDQ $512, R12
	ADDQ $8, R13
	ADDQ $8, R15
	DECQ R9
	JNZ  tile
	MOVQ AX, voltageSearch_above(DI)
	VZEROUPPER
	RET

// QUARTER takes four products of integers in acc, of the
// neurons from byte at of the vectors over neurons, as GROUP does. It shifts the
// masks into R14 and CX, from above.
#define QUARTER(acc, at) \
	VMULPD    Y10, acc, acc     \
	VMULPD    at(BX), Y12, Y8   \
	VSUBPD    Y8, Y11, Y8       \
	VADDPD    Y8, acc, acc      \
	VSUBPD    at(R10), acc, Y8  \
	VSUBPD    at(R11), acc, acc \
	VMOVUPD   acc, at(R12)      \
	VMAXPD    acc, Y15, Y15     \
	VCMPPD    $0x1E, Y13, Y8, acc \
	VCMPPD    $0x1E, Y14, Y8, Y8  \
	VMOVMSKPD acc, DX           \
	SHLQ      $4, R14           \
	ORQ       DX, R14           \
	VMOVMSKPD Y8, DX            \
	SHLQ      $4, CX            \
	ORQ       DX, CX

#define EIGHT(x, y, at) \
	VEXTRACTI128 $1, y, X9  \
	VCVTDQ2PD X9, Y9        \
	QUARTER(Y9, (at+32))    \
	VCVTDQ2PD x, y          \
	QUARTER(y, at)

// func estimateAVX2(s *voltageSearch)
TEXT ·estimateAVX2(SB), NOSPLIT, $0-8
	MOVQ s+0(FP), DI
	MOVQ voltageSearch_coarse(DI), R9
	MOVQ coarse_g(R9), SI
	MOVQ coarse_fours(R9), R8
	MOVQ coarse_tiles(R9), R9
	MOVQ voltageSearch_q(DI), BX
	MOVQ voltageSearch_threshold(DI), R10
	MOVQ voltageSearch_shift(DI), R11
	MOVQ voltageSearch_excess(DI), R12
	MOVQ voltageSearch_open(DI), R13
	MOVQ voltageSearch_top(DI), R15
	XORQ AX, AX // the number above threshold
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

	VBROADCASTSD voltageSearch_unit(DI), Y10
	VBROADCASTSD voltageSearch_offset(DI), Y11
	VBROADCASTSD voltageSearch_scale(DI), Y12
	VBROADCASTSD voltageSearch_err(DI), Y13
	VXORPD       Y14, Y14, Y14
	VSUBPD       Y13, Y14, Y14
	VPCMPEQD     Y15, Y15, Y15
	VPSLLQ       $52, Y15, Y15 // −Inf
	XORQ         R14, R14      // surely above
	XORQ         CX, CX        // perhaps above
	EIGHT(X7, Y7, 448)
	EIGHT(X6, Y6, 384)
	EIGHT(X5, Y5, 320)
	EIGHT(X4, Y4, 256)
	EIGHT(X3, Y3, 192)
	EIGHT(X2, Y2, 128)
	EIGHT(X1, Y1, 64)
	EIGHT(X0, Y0, 0)
	XORQ         R14, CX
	MOVQ         CX, (R13)
	POPCNTQ      R14, R14
	ADDQ         R14, AX
	VEXTRACTF128 $1, Y15, X8
	VMAXPD       X8, X15, X15
	VPERMILPD    $1, X15, X8
	VMAXSD       X8, X15, X15
	VMOVSD       X15, (R15)

	ADDQ $512, BX
	ADDQ $512, R10
	ADDQ $512, R11
	ADDQ $512, R12
	ADDQ $8, R13
	ADDQ $8, R15
	DECQ R9
	JNZ  tile
	MOVQ AX, voltageSearch_above(DI)
	VZEROUPPER
	RET

// func roundTo16(w *int16, u *float64, per float64, fours int)
TEXT ·roundTo16(SB), NOSPLIT, $0-32
	MOVQ w+0(FP), DI
	MOVQ u+8(FP), SI
	VBROADCASTSD per+16(FP), Y1
	MOVQ fours+24(FP), CX

four:
	VMULPD     (SI), Y1, Y0
	VCVTPD2DQY Y0, X0
	VPACKSSDW  X0, X0, X0
	VMOVQ      X0, (DI)
	ADDQ       $32, SI
	ADDQ       $8, DI
	DECQ       CX
	JNZ        four
	VZEROUPPER
	RET

// FOUR shifts into AX the mask of four entries that are at least those of Y0
// (predicate 0x1D: greater or equal, ordered, quiet).
#define FOUR(at) \
	VMOVUPD   at(SI), Y1        \
	VCMPPD    $0x1D, Y0, Y1, Y1 \
	VMOVMSKPD Y1, DX            \
	SHLQ      $4, AX            \
	ORQ       DX, AX

// func atLeastAVX2(x *[wide]float64, y float64) (mask uint64)
TEXT ·atLeastAVX2(SB), NOSPLIT, $0-24
	MOVQ x+0(FP), SI
	VBROADCASTSD y+8(FP), Y0
	XORQ AX, AX
	FOUR(480)
	FOUR(448)
	FOUR(416)
	FOUR(384)
	FOUR(352)
	FOUR(320)
	FOUR(288)
	FOUR(256)
	FOUR(224)
	FOUR(192)
	FOUR(160)
	FOUR(128)
	FOUR(96)
	FOUR(64)
	FOUR(32)
	FOUR(0)
	VZEROUPPER
	MOVQ AX, mask+16(FP)
	RET
