//go:build !amd64

package stream

func levels() map[string]func() func() {
	return map[string]func() func(){"none": func() func() { return func() {} }}
}
