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

// PROPOSALS(WORDS) takes words under K6 and leaves the neurons in Z3, n·word/2⁶⁴ rounded
// down, and ln(u)/g from below in Z9, where u is the fraction of n·word/2⁶⁴.
#define PROPOSALS(WORDS) \
	VMOVDQU64.Z      WORDS, K6, Z1;                \
	VPSRLQ           $32, Z1, Z2;                  \
	VPMULUDQ.BCST    proposals_n(R10), Z1, Z4;     \
	VPMULUDQ.BCST    proposals_n(R10), Z2, Z2;     \
	VPSRLQ           $32, Z4, Z3;                  \
	VPADDQ           Z3, Z2, Z2;                   \
	VPSRLQ           $32, Z2, Z3;                  \
	VPSLLQ           $32, Z2, Z2;                  \
	VPTERNLOGQ       $0xF8, Z18, Z4, Z2;           \
	VPSRLQ           $11, Z2, Z2;                  \
	VCVTQQ2PD        Z2, Z2;                       \
	VMULPD.BCST      unit<>(SB), Z2, Z2;           \
	VGETEXPPD        Z2, Z9;                       \
	VGETMANTPD       $0, Z2, Z2;                   \
	VMULPD           Z2, Z2, Z4;                   \
	VBROADCASTSD     logarithm<>+8(SB), Z5;        \
	VBROADCASTSD     logarithm<>+24(SB), Z6;       \
	VBROADCASTSD     logarithm<>+40(SB), Z7;       \
	VFMADD213PD.BCST logarithm<>+0(SB), Z2, Z5;    \
	VFMADD213PD.BCST logarithm<>+16(SB), Z2, Z6;   \
	VFMADD213PD.BCST logarithm<>+32(SB), Z2, Z7;   \
	VFMADD231PD.BCST logarithm<>+48(SB), Z9, Z5;   \
	VFMADD231PD      Z7, Z4, Z6;                   \
	VFMADD231PD      Z6, Z4, Z5;                   \
	VSUBPD.BCST      error<>(SB), Z5, Z9;          \
	VMULPD.BCST      proposals_inverse(R10), Z9, Z9

// LOWER(Z) sets the lower half of each 64-bit number of Z.
#define LOWER(Z) \
	VPTERNLOGQ $0xFF, Z, Z, Z; \
	VPSRLQ     $32, Z, Z

// func prepare(p *proposals, words *uint64, count int)
TEXT ·prepare(SB), NOSPLIT, $0-24
	MOVQ   p+0(FP), R10
	MOVQ   words+8(FP), SI
	MOVQ   count+16(FP), CX
	MOVQ   SI, proposals_first(R10)
	LOWER(Z18)
	KXNORB K6, K6, K6
	XORL   BX, BX

eight:
	CMPQ CX, $8
	JGE  full
	MOVL  $0xFF, AX
	BZHIL CX, AX, AX
	KMOVB AX, K6

full:
	PROPOSALS((SI)(BX*8))
	VMOVDQU64     Z1, proposals_words(R10)(BX*8)
	VMOVUPD       Z9, proposals_refused(R10)(BX*8)
	VPMOVQD       Z3, proposals_neurons(R10)(BX*4)
	VPMULUDQ.BCST proposals_stride(R10), Z3, Z3
	VPMOVQD       Z3, proposals_offsets(R10)(BX*4)
	ADDQ          $8, BX
	SUBQ          $8, CX
	JGT           eight
	VZEROUPPER
	RET

// func settle(p *proposals, words *uint64, count int, kept bool) (steps, spike int)
TEXT ·settle(SB), NOSPLIT, $192-48
	MOVQ   p+0(FP), R10
	MOVQ   words+8(FP), SI
	MOVQ   count+16(FP), CX
	MOVQ   $const_undecided, spike+40(FP)
	LOWER(Z18)
	MOVQ   $0x3BF0000000000000, AX // minScale
	VMOVQ  AX, X14
	VMOVSD proposals_kappa(R10), X15
	MOVL   $0xF0, AX
	KMOVB  AX, K7 // upper halves
	KXNORB K6, K6, K6 // all eight
	MOVQ   proposals_scale(R10), AX
	VMOVSD (AX), X0

eight: // proposals, with the scales of one after the other
	CMPQ CX, $8
	JLT  few

full:
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
	VMOVUPD      Z8, scales-64(SP)

	CMPB kept+24(FP), $0
	JEQ  dot
	PROPOSALS((SI))
	VPMOVQD    Z3, Y3
	MOVQ       proposals_back(R10), AX
	VPXORQ     Z5, Z5, Z5
	KMOVB      K6, K1
	VGATHERDPD (AX)(Y3*8), K1, Z5

known: // Z5 holds κΓ_jᵀΣ⁻¹θ, in units of scale
	MOVQ       proposals_drive(R10), AX
	VPXORQ     Z11, Z11, Z11
	KMOVB      K6, K1
	VGATHERDPD (AX)(Y3*8), K1, Z11
	VMULPD     Z5, Z8, Z5
	VSUBPD     Z5, Z11, Z11
	VCMPPD     $0x16, Z9, Z11, K6, K3 // not less or equal, unordered, quiet: not refused
	KMOVB      K3, AX
	TESTL      AX, AX
	JNZ        perhaps
	ADDQ       $64, SI
	VMOVAPD    X13, X0
	SUBQ       $8, CX
	JGT        eight
	JEQ        done
	LEAQ       scales-64(SP), AX // after a few
	ADDQ       $8, CX
	VMOVSD     (AX)(CX*8), X0
	LEAQ       -64(SI)(CX*8), SI
	JMP        done

few:
	MOVL  $0xFF, AX
	BZHIL CX, AX, AX
	KMOVB AX, K6
	TESTQ CX, CX
	JGT   full
	JMP   done

dot: // The products of θ with the rows of the neurons, in four partial sums each.
	MOVQ        SI, BX
	SUBQ        proposals_first(R10), BX
	SHRQ        $3, BX
	CMPQ        BX, $const_ahead
	JCC         unprepared
	VMOVDQU64.Z (SI), K6, Z1
	VPCMPUQ     $4, proposals_words(R10)(BX*8), Z1, K6, K3 // not equal
	KTESTB      K3, K3
	JNE         unprepared
	MOVL        proposals_offsets+0(R10)(BX*4), AX
	MOVL        proposals_offsets+4(R10)(BX*4), R8
	MOVL        proposals_offsets+8(R10)(BX*4), R9
	MOVL        proposals_offsets+12(R10)(BX*4), R11
	MOVL        proposals_offsets+16(R10)(BX*4), R12
	MOVL        proposals_offsets+20(R10)(BX*4), R13
	MOVL        proposals_offsets+24(R10)(BX*4), R14
	MOVL        proposals_offsets+28(R10)(BX*4), R15
	VMOVUPD     proposals_refused(R10)(BX*8), Z9
	VMOVDQU     proposals_neurons(R10)(BX*4), Y3
	MOVQ        proposals_rows(R10), DX
	MOVQ        proposals_theta(R10), BX
	MOVQ        proposals_stride(R10), DI // bytes
	ADDQ        BX, DI
	VPXORQ      Z1, Z1, Z1
	VPXORQ      Z2, Z2, Z2
	VPXORQ      Z4, Z4, Z4
	VPXORQ      Z5, Z5, Z5

four: // columns
	VBROADCASTF64X4 (BX), Z10
	VMOVUPD         (AX)(DX*1), Y6
	VMOVUPD         (R8)(DX*1), Y7
	VMOVUPD         (R12)(DX*1), Y11
	VMOVUPD         (R13)(DX*1), Y12
	VBROADCASTF64X4 (R9)(DX*1), K7, Z6
	VBROADCASTF64X4 (R11)(DX*1), K7, Z7
	VBROADCASTF64X4 (R14)(DX*1), K7, Z11
	VBROADCASTF64X4 (R15)(DX*1), K7, Z12
	VMULPD          Z10, Z6, Z6
	VMULPD          Z10, Z7, Z7
	VMULPD          Z10, Z11, Z11
	VMULPD          Z10, Z12, Z12
	VADDPD          Z6, Z1, Z1
	VADDPD          Z7, Z2, Z2
	VADDPD          Z11, Z4, Z4
	VADDPD          Z12, Z5, Z5
	ADDQ            $32, DX
	ADDQ            $32, BX
	CMPQ            BX, DI
	JCS             four

	// Z1, Z2, Z4 and Z5 have the sums s0, s1, s2, s3 of two neurons each.
	VUNPCKHPD   Z2, Z1, Z6
	VUNPCKLPD   Z2, Z1, Z1
	VUNPCKHPD   Z5, Z4, Z7
	VUNPCKLPD   Z5, Z4, Z4
	VADDPD      Z6, Z1, Z1 // s0 + s1 and s2 + s3
	VADDPD      Z7, Z4, Z4
	VSHUFF64X2  $0x88, Z4, Z1, Z2
	VSHUFF64X2  $0xDD, Z4, Z1, Z5
	VADDPD      Z2, Z5, Z5
	VMULPD.BCST proposals_kappa(R10), Z5, Z5
	JMP         known

perhaps: // The first that is not refused spikes if its excess is above ln(u)/g from above.
	BSFL         AX, AX
	LEAQ         (SI)(AX*8), SI
	VMOVUPD      Z9, refused-128(SP)
	VMOVUPD      Z11, excess-192(SP)
	LEAQ         scales-64(SP), R11
	VMOVSD       (R11)(AX*8), X0
	LEAQ         refused-128(SP), R11
	VMOVSD       (R11)(AX*8), X1
	LEAQ         excess-192(SP), R11
	VMOVSD       (R11)(AX*8), X2
	VMOVSD       proposals_inverse(R10), X3
	VMOVSD       error<>(SB), X4
	VFMADD231SD  X4, X3, X1
	VFMADD231SD  X4, X3, X1
	VMULSD       least<>(SB), X3, X3
	VMAXSD       X3, X1, X1
	VUCOMISD     X1, X2
	JLS          done // below, equal or unordered

	// θ and r grow by a spike, in units of the scale after it.
	MOVQ         (SI), DX
	MULXQ        proposals_n(R10), AX, AX
	ADDQ         $8, SI
	MOVQ         AX, spike+40(FP)
	VMULSD       X15, X0, X0
	VMOVSD       one<>(SB), X1
	VDIVSD       X0, X1, X1
	MOVQ         proposals_r(R10), R12
	VADDSD       (R12)(AX*8), X1, X2
	VMOVSD       X2, (R12)(AX*8)
	MOVQ         proposals_gamma(R10), R12
	MOVQ         proposals_theta(R10), BX
	MOVQ         proposals_p(R10), CX
	IMULQ        CX, AX
	LEAQ         (R12)(AX*8), R12
	VBROADCASTSD X1, Y1

add:
	SUBQ    $4, CX
	JLT     rest
	VMULPD  (R12), Y1, Y2
	VADDPD  (BX), Y2, Y2
	VMOVUPD Y2, (BX)
	ADDQ    $32, R12
	ADDQ    $32, BX
	JMP     add

rest:
	ADDQ     $4, CX
	JEQ      done
	MOVL     $0xF, AX
	BZHIL    CX, AX, AX // ones for what is left
	KMOVB    AX, K1
	VMULPD.Z (R12), Y1, K1, Y2
	VADDPD   (BX), Y2, Y2
	VMOVUPD  Y2, (BX)
	JMP      done

unprepared:
	MOVQ $const_unprepared, spike+40(FP)

done:
	SUBQ   words+8(FP), SI
	SHRQ   $3, SI
	MOVQ   proposals_scale(R10), AX
	VMOVSD X0, (AX)
	MOVQ   SI, steps+32(FP)
	VZEROUPPER
	RET
