// Package portable does arithmetic whose results are the same bits on every
// architecture, so that a seed names one run and not one run per machine.
//
// Three things make ordinary floating-point code differ between machines: the
// compiler fuses x*y+z into one rounding where the processor can, as Go's does
// on arm64; assembly kernels sum in the order that suits their vectors; and
// math.Exp and math.Log are assembly on some architectures. Here each product
// is rounded by an explicit conversion, each sum has one order, and Exp and
// Log are written out. Division and square root are correctly rounded
// everywhere and need no care.
//
// Matrices are dense, row-major slices.
package portable
