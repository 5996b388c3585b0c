package azureapi

// watch is what Azure does when the first network of a region is made.
func (w *write) watch(string) {}
