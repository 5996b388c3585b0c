package catalog

import (
	"testing"
	"time"
)

// Both version tables are complete runs of minors, oldest first, and each
// version lives forwards in time.
func TestVersionsHoldTogether(t *testing.T) {
	for _, cloud := range []string{AWS, Azure} {
		versions := Versions(cloud)
		if len(versions) == 0 {
			t.Fatalf("%s: no versions", cloud)
		}
		for i, v := range versions {
			if i > 0 && versions[i-1].Minor.Next() != v.Minor {
				t.Errorf("%s: %s follows %s", cloud, v.Minor, versions[i-1].Minor)
			}
			if i > 0 && !versions[i-1].StandardEnd.Before(v.StandardEnd) {
				t.Errorf("%s: %s ends no later than its predecessor", cloud, v.Minor)
			}
			if !v.Released.Before(v.StandardEnd) || (!v.ExtendedEnd.IsZero() && !v.StandardEnd.Before(v.ExtendedEnd)) {
				t.Errorf("%s: %s has dates out of order: %+v", cloud, v.Minor, v)
			}
			if v.Announced && i != len(versions)-1 {
				t.Errorf("%s: %s is announced but a later one is released", cloud, v.Minor)
			}
		}
	}
}

// Support on a day is what the clouds publish, on the last day of a window and
// on the first day after it.
func TestSupportedOn(t *testing.T) {
	for _, c := range []struct {
		cloud, version string
		on             time.Time
		want           Support
	}{
		{AWS, "1.34", day(2025, 10, 5), SupportUpcoming},
		{AWS, "1.34", day(2025, 10, 6), SupportStandard},
		{AWS, "1.34", day(2026, 12, 2), SupportStandard},
		{AWS, "1.34", day(2026, 12, 2).Add(23 * time.Hour), SupportStandard},
		{AWS, "1.34", day(2026, 12, 3), SupportExtended},
		{AWS, "1.34", day(2027, 12, 3), SupportEnded},
		{AWS, "1.36", written, SupportStandard},
		{AWS, "1.31", written, SupportExtended},
		{AWS, "1.30", written, SupportEnded},
		{AWS, "1.20", written, SupportEnded},
		{AWS, "1.60", written, SupportUnknown},
		{Azure, "1.34", day(2026, 11, 30), SupportStandard},
		{Azure, "1.34", day(2026, 12, 1), SupportExtended},
		{Azure, "1.26", day(2024, 4, 12), SupportEnded},
		{"other", "1.34", written, SupportUnknown},
	} {
		if got := SupportedOn(c.cloud, minor(t, c.version), c.on); got != c.want {
			t.Errorf("%s %s on %s: got %s, want %s", c.cloud, c.version, c.on.Format(time.DateOnly), got, c.want)
		}
	}
}

// A version outside the table is told apart by its side: a newer one may exist
// by now, an older one is gone.
func TestOutsideTheVersionTable(t *testing.T) {
	if !NewerThanKnown(AWS, Minor{1, 60}) || NewerThanKnown(AWS, Minor{1, 34}) || NewerThanKnown(AWS, Minor{1, 5}) {
		t.Error("NewerThanKnown is wrong")
	}
	if !OlderThanKnown(AWS, Minor{1, 5}) || OlderThanKnown(AWS, Minor{1, 34}) || OlderThanKnown(AWS, Minor{1, 60}) {
		t.Error("OlderThanKnown is wrong")
	}
	if _, ok := EndOfSupport(AWS, Minor{1, 60}, false); ok {
		t.Error("an unknown version has an end of support")
	}
	if end, ok := EndOfSupport(AWS, Minor{1, 34}, true); !ok || end != day(2027, 12, 2) {
		t.Errorf("extended support of EKS 1.34 ends %s, %t", end, ok)
	}
	if _, ok := EndOfSupport(Azure, Minor{1, 26}, true); ok {
		t.Error("AKS 1.26 has long-term support")
	}
	if newest, ok := NewestStandard(AWS, written); !ok || newest != (Minor{1, 36}) {
		t.Errorf("newest EKS version is %s, %t", newest, ok)
	}
	if newest, ok := NewestStandard(Azure, written); !ok || newest != (Minor{1, 36}) {
		t.Errorf("newest AKS version seen released is %s, %t", newest, ok)
	}
	if _, ok := NewestStandard(AWS, day(2040, 1, 1)); ok {
		t.Error("a version in standard support in 2040")
	}
}

// Versions are numbers, not texts, and nothing but a version is read as one.
func TestParseMinor(t *testing.T) {
	for text, want := range map[string]Minor{"1.34": {1, 34}, "1.9": {1, 9}, "1.34.2": {1, 34}, "1.0": {1, 0}} {
		if got, err := ParseMinor(text); err != nil || got != want {
			t.Errorf("ParseMinor(%q) = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1", "1.", ".34", "v1.34", "1.34.", "1.34.x", "1.34.2.1", "1.034", "+1.34", "1.-4", " 1.34", "1.34 ", "1.99999999", "latest", "1.3e1"} {
		if got, err := ParseMinor(text); err == nil {
			t.Errorf("ParseMinor(%q) = %s, want an error", text, got)
		}
	}
	if (Minor{1, 9}).Compare(Minor{1, 10}) >= 0 || (Minor{2, 0}).Compare(Minor{1, 99}) <= 0 || (Minor{1, 34}).Compare(Minor{1, 34}) != 0 {
		t.Error("versions compare wrongly")
	}
}

// A text that is read as a version is one that is written back: no two
// spellings of one version.
func FuzzParseMinor(f *testing.F) {
	for _, seed := range []string{"1.34", "1.34.2", "01.34", "1.9", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMinor(text)
		if err != nil {
			return
		}
		again, err := ParseMinor(m.String())
		if err != nil || again != m {
			t.Errorf("%q reads as %v, its text as %v (%v)", text, m, again, err)
		}
		if text != m.String() && len(text) < len(m.String())+2 {
			t.Errorf("%q reads as %s without naming a patch", text, m)
		}
	})
}

// The way up is one minor at a time and ends at the target; down and sideways
// are refused.
func TestUpgradePath(t *testing.T) {
	path, err := UpgradePath(Minor{1, 33}, Minor{1, 36})
	if err != nil || len(path) != 3 || path[0] != (Minor{1, 34}) || path[2] != (Minor{1, 36}) {
		t.Errorf("path %v, %v", path, err)
	}
	if path, err := UpgradePath(Minor{1, 33}, Minor{1, 33}); err != nil || len(path) != 0 {
		t.Errorf("path to itself: %v, %v", path, err)
	}
	for _, to := range []Minor{{1, 32}, {2, 0}} {
		if path, err := UpgradePath(Minor{1, 33}, to); err == nil {
			t.Errorf("path from 1.33 to %s: %v, want an error", to, path)
		}
	}
}

// Nodes may be three minors behind from control plane 1.28, two before it, and
// never ahead: the Kubernetes version skew policy.
func TestValidateKubeletSkew(t *testing.T) {
	for _, c := range []struct {
		controlPlane, kubelet string
		ok                    bool
	}{
		{"1.34", "1.34", true}, {"1.34", "1.31", true}, {"1.34", "1.30", false}, {"1.34", "1.35", false},
		{"1.28", "1.25", true}, {"1.27", "1.25", true}, {"1.27", "1.24", false}, {"2.0", "1.34", false},
	} {
		if err := ValidateKubeletSkew(minor(t, c.controlPlane), minor(t, c.kubelet)); (err == nil) != c.ok {
			t.Errorf("control plane %s, nodes %s: %v", c.controlPlane, c.kubelet, err)
		}
	}
}

func minor(t *testing.T, text string) Minor {
	t.Helper()
	m, err := ParseMinor(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
