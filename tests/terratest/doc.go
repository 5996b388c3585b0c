// Package terratest applies kready's examples and published modules as a user
// would: with Terratest, the installed provider and the embedded clouds. It is
// a module of its own, and knows of kready only what its users know: the
// modules, the binary, and package kreadytest.
package terratest
