#include "textflag.h"

// func refuseAVX512(words *uint64, count int, drive, back *float64, n int, gain, kappa float64, scale *float64) int
TEXT ·refuseAVX512(SB), NOSPLIT, $64-72
	MOVQ words+0(FP), SI
	MOVQ count+8(FP), CX
	MOVQ drive+16(FP), R8
	MOVQ back+24(FP), R9
	MOVQ scale+56(FP), R10
	VPBROADCASTQ n+32(FP), Z16
	VBROADCASTSD gain+40(FP), Z17
	VPTERNLOGQ   $0xFF, Z18, Z18, Z18
	VPSLLQ       $63, Z18, Z20
	VPXORQ       Z20, Z17, Z17           // −gain
	VPSRLQ       $32, Z18, Z18           // the lower halves of words
	MOVQ         $0x3CA0000000000000, AX // 2⁻⁵³
	VPBROADCASTQ AX, Z19
	MOVQ         $0x3FF0000000000000, AX // 1
	VPBROADCASTQ AX, Z21
	MOVQ         $0x3FE0000000000000, AX // ½
	VPBROADCASTQ AX, Z22
	MOVQ         $0x3FC5555555555555, AX // 1/6
	VPBROADCASTQ AX, Z23
	MOVQ         $0x3BF0000000000000, AX // minScale
	VMOVQ        AX, X14
	VMOVSD       kappa+48(FP), X15
	VMOVSD       (R10), X0
	XORQ         DX, DX                  // proposals refused

eight: // proposals, with the scales of one after the other
	SUBQ   $8, CX
	JLT    done
	VMULSD X15, X0, X1
	VMULSD X15, X1, X2
	VMULSD X15, X2, X3
	VMULSD X15, X3, X4
	VMULSD X15, X4, X5
	VMULSD X15, X5, X6
	VMULSD X15, X6, X7
	VMULSD X15, X7, X13
	VUCOMISD X14, X13
	JCS    done // the scale must be renewed
	VUNPCKLPD    X1, X0, X8
	VUNPCKLPD    X3, X2, X9
	VUNPCKLPD    X5, X4, X10
	VUNPCKLPD    X7, X6, X11
	VINSERTF128  $1, X9, Y8, Y8
	VINSERTF128  $1, X11, Y10, Y10
	VINSERTF64X4 $1, Y10, Z8, Z8

	// The whole part and the fraction of n times a word over 2⁶⁴.
	VMOVDQU64   (SI), Z1
	VPSRLQ      $32, Z1, Z2
	VPMULUDQ    Z16, Z1, Z1
	VPMULUDQ    Z16, Z2, Z2
	VPSRLQ      $32, Z1, Z3
	VPADDQ      Z3, Z2, Z2
	VPSRLQ      $32, Z2, Z3 // the neuron
	VPSLLQ      $32, Z2, Z2
	VPTERNLOGQ  $0xF8, Z18, Z1, Z2
	VPSRLQ      $11, Z2, Z2
	VCVTQQ2PD   Z2, Z2
	VMULPD      Z19, Z2, Z2 // u
	KXNORW      K1, K1, K1
	KXNORW      K2, K2, K2
	VPXORQ      Z4, Z4, Z4
	VPXORQ      Z5, Z5, Z5
	VGATHERQPD  (R8)(Z3*8), K1, Z4
	VGATHERQPD  (R9)(Z3*8), K2, Z5
	VMULPD      Z5, Z8, Z5
	VSUBPD      Z5, Z4, Z4
	VMULPD      Z17, Z4, Z4 // z
	VMULPD      Z23, Z4, Z5
	VADDPD      Z22, Z5, Z5
	VMULPD      Z4, Z5, Z5
	VADDPD      Z21, Z5, Z5
	VMULPD      Z4, Z5, Z5
	VADDPD      Z21, Z5, Z5 // 1 + z + z²/2 + z³/6
	VMULPD      Z2, Z5, Z5
	VCMPPD      $0x1D, Z21, Z5, K3 // at least 1 (greater or equal, ordered, quiet): refused
	KMOVW       K3, AX
	XORL        $0xFF, AX
	JNZ         perhaps
	VMOVAPD     X13, X0
	ADDQ        $64, SI
	ADDQ        $8, DX
	JMP         eight

perhaps: // the first that is not refused
	BSFL    AX, AX
	ADDQ    AX, DX
	VMOVUPD Z8, scales-64(SP)
	LEAQ    scales-64(SP), R11
	VMOVSD  (R11)(AX*8), X0

done:
	VMOVSD X0, (R10)
	MOVQ   DX, ret+64(FP)
	VZEROUPPER
	RET
