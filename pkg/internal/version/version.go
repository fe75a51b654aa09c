// Package version holds the version of natspike that goes into every file.
package version

// Version is raised when the same seed no longer gives the same bytes, or when
// a release is made. CITATION.cff has the same version. It is a constant and not
// taken from the build information, which go run does not have: the bytes of a sweep
// must not depend on how its program was started.
const Version = "0.3.0"
