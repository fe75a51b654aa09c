#include "go_asm.h"
#include "textflag.h"

// ln m to within 1e-5 for 1 ≤ m < 2, by powers of m.
DATA logarithm<>+0(SB)/8, $-1.93675974
DATA logarithm<>+8(SB)/8, $3.5140873
DATA logarithm<>+16(SB)/8, $-2.44002976
DATA logarithm<>+24(SB)/8, $1.11609003
DATA logarithm<>+32(SB)/8, $-0.283826848
DATA logarithm<>+40(SB)/8, $0.0304490045
DATA logarithm<>+48(SB)/8, $0.6931471805599453 // ln 2
GLOBL logarithm<>(SB), RODATA|NOPTR, $56

DATA error<>+0(SB)/8, $0.00003 // more than that of a logarithm
GLOBL error<>(SB), RODATA|NOPTR, $8

DATA least<>+0(SB)/8, $-36.0 // above −53 ln 2
GLOBL least<>(SB), RODATA|NOPTR, $8

DATA unit<>+0(SB)/8, $1.1102230246251565e-16 // 2⁻⁵³
GLOBL unit<>(SB), RODATA|NOPTR, $8

DATA one<>+0(SB)/8, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $8

// These indices take pairs of numbers from two vectors: first takes the first and third
// pair of each, and second the others.
DATA first<>+0(SB)/8, $0
DATA first<>+8(SB)/8, $1
DATA first<>+16(SB)/8, $8
DATA first<>+24(SB)/8, $9
DATA first<>+32(SB)/8, $4
DATA first<>+40(SB)/8, $5
DATA first<>+48(SB)/8, $12
DATA first<>+56(SB)/8, $13
GLOBL first<>(SB), RODATA|NOPTR, $64
DATA second<>+0(SB)/8, $2
DATA second<>+8(SB)/8, $3
DATA second<>+16(SB)/8, $10
DATA second<>+24(SB)/8, $11
DATA second<>+32(SB)/8, $6
DATA second<>+40(SB)/8, $7
DATA second<>+48(SB)/8, $14
DATA second<>+56(SB)/8, $15
GLOBL second<>(SB), RODATA|NOPTR, $64

// The products of θ with the rows of four neurons, in four partial sums each. The words
// at OFFSET and behind it propose the neurons of the lower halves of A and B, and those
// four later the neurons of the upper halves. A then holds s0 + s1 and s2 + s3 of each.
#define DOT4(OFFSET, LOOP, A, B) \
	MOVQ            OFFSET(SI), DX;      \
	MULXQ           R15, AX, AX;         \
	MOVQ            (OFFSET+8)(SI), DX;  \
	MULXQ           R15, R11, R11;       \
	MOVQ            (OFFSET+32)(SI), DX; \
	MULXQ           R15, R12, R12;       \
	MOVQ            (OFFSET+40)(SI), DX; \
	MULXQ           R15, R13, R13;       \
	IMULQ           DI, AX;              \
	IMULQ           DI, R11;             \
	IMULQ           DI, R12;             \
	IMULQ           DI, R13;             \
	ADDQ            R9, AX;              \
	ADDQ            R9, R11;             \
	ADDQ            R9, R12;             \
	ADDQ            R9, R13;             \
	VPXORQ          A, A, A;             \
	VPXORQ          B, B, B;             \
	XORL            DX, DX;              \
LOOP:                                        \
	VBROADCASTF64X4 (BX)(DX*1), Z5;      \
	VMOVUPD         (AX)(DX*1), Y6;      \
	VMOVUPD         (R11)(DX*1), Y7;     \
	VBROADCASTF64X4 (R12)(DX*1), K7, Z6; \
	VBROADCASTF64X4 (R13)(DX*1), K7, Z7; \
	VMULPD          Z5, Z6, Z6;          \
	VMULPD          Z5, Z7, Z7;          \
	VADDPD          Z6, A, A;            \
	VADDPD          Z7, B, B;            \
	ADDQ            $32, DX;             \
	CMPQ            DX, DI;              \
	JCS             LOOP;                \
	VUNPCKHPD       B, A, Z5;            \
	VUNPCKLPD       B, A, A;             \
	VADDPD          Z5, A, A

// func settle(p *proposals, words *uint64, count int, kept bool) (steps, spike int)
TEXT ·settle(SB), NOSPLIT, $64-48
	MOVQ         p+0(FP), R10
	MOVQ         words+8(FP), SI
	MOVQ         count+16(FP), CX
	MOVQ         proposals_drive(R10), R8
	MOVQ         proposals_rows(R10), R9
	MOVQ         proposals_theta(R10), BX
	MOVQ         proposals_stride(R10), DI
	MOVQ         proposals_n(R10), R15
	SHLQ         $3, DI // bytes
	VPBROADCASTQ R15, Z16
	VBROADCASTSD proposals_inverse(R10), Z17
	VPTERNLOGQ   $0xFF, Z18, Z18, Z18
	VPSRLQ       $32, Z18, Z18 // the lower halves of words
	VBROADCASTSD unit<>(SB), Z19
	VBROADCASTSD proposals_kappa(R10), Z20
	VMOVDQU64    first<>(SB), Z21
	VMOVDQU64    second<>(SB), Z22
	VBROADCASTSD error<>(SB), Z23
	MOVQ         $0x3BF0000000000000, AX // minScale
	VMOVQ        AX, X14
	VMOVSD       proposals_kappa(R10), X15
	MOVL         $0xF0, AX
	KMOVW        AX, K7 // upper halves
	MOVQ         $-1, spike+40(FP)
	MOVQ         proposals_scale(R10), R10
	VMOVSD       (R10), X0

eight: // proposals, with the scales of one after the other
	SUBQ         $8, CX
	JLT          done
	VMULSD       X15, X0, X1
	VMULSD       X15, X1, X2
	VMULSD       X15, X2, X3
	VMULSD       X15, X3, X4
	VMULSD       X15, X4, X5
	VMULSD       X15, X5, X6
	VMULSD       X15, X6, X7
	VMULSD       X15, X7, X13
	VUCOMISD     X14, X13
	JCS          done // the scale must be renewed
	VUNPCKLPD    X1, X0, X8
	VUNPCKLPD    X3, X2, X9
	VUNPCKLPD    X5, X4, X10
	VUNPCKLPD    X7, X6, X11
	VINSERTF128  $1, X9, Y8, Y8
	VINSERTF128  $1, X11, Y10, Y10
	VINSERTF64X4 $1, Y10, Z8, Z8

	// The whole part and the fraction of n times a word over 2⁶⁴.
	VMOVDQU64    (SI), Z1
	VPSRLQ       $32, Z1, Z2
	VPMULUDQ     Z16, Z1, Z1
	VPMULUDQ     Z16, Z2, Z2
	VPSRLQ       $32, Z1, Z3
	VPADDQ       Z3, Z2, Z2
	VPSRLQ       $32, Z2, Z3 // the neuron
	VPSLLQ       $32, Z2, Z2
	VPTERNLOGQ   $0xF8, Z18, Z1, Z2
	VPSRLQ       $11, Z2, Z2
	VCVTQQ2PD    Z2, Z2
	VMULPD       Z19, Z2, Z2 // u
	KXNORW       K1, K1, K1
	VPXORQ       Z11, Z11, Z11
	VGATHERQPD   (R8)(Z3*8), K1, Z11

	// ln(u)/g from below in Z9, and from above in Z10.
	VGETEXPPD        Z2, Z9
	VGETMANTPD       $0, Z2, Z2
	VMULPD           Z2, Z2, Z4
	VBROADCASTSD     logarithm<>+8(SB), Z5
	VBROADCASTSD     logarithm<>+24(SB), Z6
	VBROADCASTSD     logarithm<>+40(SB), Z7
	VFMADD213PD.BCST logarithm<>+0(SB), Z2, Z5
	VFMADD213PD.BCST logarithm<>+16(SB), Z2, Z6
	VFMADD213PD.BCST logarithm<>+32(SB), Z2, Z7
	VFMADD231PD.BCST logarithm<>+48(SB), Z9, Z5
	VFMADD231PD      Z7, Z4, Z6
	VFMADD231PD      Z6, Z4, Z5
	VSUBPD           Z23, Z5, Z9
	VMAXPD.BCST      least<>(SB), Z5, Z10
	VADDPD           Z23, Z10, Z10
	VMULPD           Z17, Z9, Z9
	VMULPD           Z17, Z10, Z10

	CMPB       kept+24(FP), $0
	JEQ        dot
	KXNORW     K1, K1, K1
	VPXORQ     Z5, Z5, Z5
	MOVQ       p+0(FP), AX
	MOVQ       proposals_back(AX), AX
	VGATHERQPD (AX)(Z3*8), K1, Z5

known: // Z5 holds κΓ_jᵀΣ⁻¹θ, in units of scale
	VMULPD  Z5, Z8, Z5
	VSUBPD  Z5, Z11, Z11
	VCMPPD  $0x12, Z9, Z11, K3 // less or equal, ordered, quiet: refused
	KMOVW   K3, AX
	XORL    $0xFF, AX
	JNZ     perhaps
	VMOVAPD X13, X0
	ADDQ    $64, SI
	JMP     eight

dot:
	DOT4(0, loop, Z1, Z2)
	DOT4(16, again, Z3, Z4)
	VMOVAPD   Z1, Z5
	VPERMT2PD Z3, Z21, Z1
	VPERMT2PD Z3, Z22, Z5
	VADDPD    Z1, Z5, Z5
	VMULPD    Z20, Z5, Z5
	JMP       known

perhaps: // the first that is not refused
	BSFL    AX, AX
	VMOVUPD Z8, scales-64(SP)
	LEAQ    scales-64(SP), R11
	VMOVSD  (R11)(AX*8), X0
	LEAQ    (SI)(AX*8), SI
	VCMPPD  $0x1E, Z10, Z11, K3 // greater, ordered, quiet: accepted
	KMOVW   K3, R12
	BTL     AX, R12
	JCC     done

	// θ and r grow by a spike, in units of the scale after it.
	MOVQ         p+0(FP), R11
	MOVQ         (SI), DX
	MULXQ        R15, AX, AX
	VMULSD       X15, X0, X0
	VMOVSD       one<>(SB), X1
	VDIVSD       X0, X1, X1
	MOVQ         AX, spike+40(FP)
	MOVQ         proposals_r(R11), R12
	VADDSD       (R12)(AX*8), X1, X2
	VMOVSD       X2, (R12)(AX*8)
	MOVQ         proposals_gamma(R11), R12
	MOVQ         proposals_p(R11), CX
	IMULQ        CX, AX
	LEAQ         (R12)(AX*8), R12
	VBROADCASTSD X1, Z1

add:
	SUBQ    $8, CX
	JLT     rest
	VMULPD  (R12), Z1, Z2
	VADDPD  (BX), Z2, Z2
	VMOVUPD Z2, (BX)
	ADDQ    $64, R12
	ADDQ    $64, BX
	JMP     add

rest:
	MOVL      $0xFF, AX
	NEGQ      CX
	SHRL      CX, AX // ones for what is left
	KMOVW     AX, K1
	VMULPD.Z  (R12), Z1, K1, Z2
	VADDPD    (BX), Z2, K1, Z2
	VMOVUPD   Z2, K1, (BX)
	ADDQ      $8, SI // the word of the spike

done:
	SUBQ   words+8(FP), SI
	SHRQ   $3, SI
	VMOVSD X0, (R10)
	MOVQ   SI, steps+32(FP)
	VZEROUPPER
	RET
