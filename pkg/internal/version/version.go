// Package version holds the version of natspike that goes into every file.
package version

// Version is raised when the same seed no longer gives the same bytes, or when
// a release is made. It is a constant, because what the Go tool knows of a
// program depends on how it was started: go run does not know the commit that
// go build knows, and the same sweep would give other bytes. CITATION.cff has the
// same version.
const Version = "0.3.0"
