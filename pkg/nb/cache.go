package nb

import (
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math"
	"os"
	"path/filepath"
	"reflect"

	"natspike/pkg/internal/atomicfile"
)

// CacheDir is the environment variable that names the folder of Cached. With the
// word "off" every call computes its result. The default is the folder natspike in
// the user's cache.
const CacheDir = "NATSPIKE_CACHE"

// Cached returns the result of compute and stores it in a file under the key. The
// next cell with the same key, or the next run of the notebook, reads the file.
//
// The key must hold every parameter of the computation. Best it is a struct made
// for it:
//
//	type run struct {
//		Version int // raise it when the code of the computation changes
//		Rho     float64
//		Plan    mcmc.Plan
//		Seed    uint64
//	}
//	x := nb.Cached(run{1, 0.75, plan, 1}, func() (*mat.Dense, error) { … })
//
// Two keys are the same if they have the same types, field names, numbers and
// strings; pointers, slices and interfaces are followed. A key with a function, a
// channel or a map ends the cell. The result is written with encoding/gob, which
// keeps exported fields only. A result whose file cannot be read is computed again.
func Cached[K, T any](key K, compute func() (T, error)) T {
	dir, err := cacheDir()
	if err != nil {
		fail("nb: Cached: %v", err)
	}
	if dir == "" {
		return Must(compute())
	}
	sum, err := digest(key, reflect.TypeFor[T]())
	if err != nil {
		fail("nb: Cached: %v", err)
	}
	path := filepath.Join(dir, sum+".gob")
	if result, err := readGob[T](path); err == nil {
		return result
	}
	result := Must(compute())
	if err := writeGob(path, result); err != nil {
		fail("nb: Cached: keeping a %T: %v", result, err)
	}
	return result
}

func cacheDir() (string, error) {
	switch dir := os.Getenv(CacheDir); dir {
	case "off":
		return "", nil
	case "":
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no folder for the cache: %w; set %s", err, CacheDir)
		}
		return filepath.Join(user, "natspike"), nil
	default:
		return dir, nil
	}
}

func readGob[T any](path string) (result T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return result, err
	}
	defer f.Close()
	err = gob.NewDecoder(f).Decode(&result)
	return result, err
}

func writeGob(path string, result any) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := gob.NewEncoder(f).Encode(result); err != nil {
		return err
	}
	return f.Commit()
}

// digest returns a file name for the key and the type of the result.
func digest(key any, result reflect.Type) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", result)
	if err := write(h, reflect.ValueOf(key), 0); err != nil {
		return "", fmt.Errorf("key %T: %w", key, err)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

var errNoValue = errors.New("has no value that could be compared")

// write writes v to h, in a form in which different values differ.
func write(h hash.Hash, v reflect.Value, depth int) error {
	if depth > 100 {
		return errors.New("is nested too deeply, or contains itself")
	}
	if !v.IsValid() {
		fmt.Fprint(h, "nil\n")
		return nil
	}
	fmt.Fprintf(h, "%s ", v.Type())
	switch v.Kind() {
	case reflect.Bool:
		fmt.Fprintln(h, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		fmt.Fprintln(h, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		fmt.Fprintln(h, v.Uint())
	case reflect.Float32, reflect.Float64:
		fmt.Fprintf(h, "%x\n", math.Float64bits(v.Float()))
	case reflect.Complex64, reflect.Complex128:
		c := v.Complex()
		fmt.Fprintf(h, "%x %x\n", math.Float64bits(real(c)), math.Float64bits(imag(c)))
	case reflect.String:
		fmt.Fprintf(h, "%q\n", v.String())
	case reflect.Slice, reflect.Array:
		fmt.Fprintln(h, v.Len())
		for i := range v.Len() {
			if err := write(h, v.Index(i), depth+1); err != nil {
				return fmt.Errorf("[%d] %w", i, err)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fmt.Fprintf(h, "%s ", v.Type().Field(i).Name)
			if err := write(h, v.Field(i), depth+1); err != nil {
				return fmt.Errorf("%s %w", v.Type().Field(i).Name, err)
			}
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			fmt.Fprint(h, "nil\n")
			return nil
		}
		return write(h, v.Elem(), depth+1)
	default: // maps would need an order for their keys; no parameters need maps
		return fmt.Errorf("(%s) %w", v.Type(), errNoValue)
	}
	return nil
}
