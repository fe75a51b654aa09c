//go:build !amd64

package spiking

func levels() map[string]func() func() {
	return map[string]func() func(){"none": func() func() { return func() {} }}
}
