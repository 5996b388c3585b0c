package catalog

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// readRecords reads one of the embedded tables: comment lines with source and
// date, a line of column names, and rows of as many columns.
func readRecords(text string, columns int) (rows [][]string, source, date string, err error) {
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(line, "# ")
		if !ok {
			break
		}
		switch key, value, _ := strings.Cut(strings.TrimSpace(comment), ": "); key {
		case "source":
			source = value
		case "date":
			date = value
		}
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comment = '#'
	reader.FieldsPerRecord = columns
	records, err := reader.ReadAll()
	switch {
	case err != nil:
		return nil, "", "", err
	case len(records) < 2:
		return nil, "", "", errors.New("no rows")
	case source == "" || date == "":
		return nil, "", "", errors.New("no source or no date")
	}
	return records[1:], source, date, nil
}

// numbers reads columns, counted from 0, as whole numbers.
func numbers(record []string, into map[int]*int) error {
	for column, target := range into {
		n, err := strconv.Atoi(record[column])
		if err != nil {
			return fmt.Errorf("column %d: %w", column+1, err)
		}
		*target = n
	}
	return nil
}
