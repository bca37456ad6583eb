//! Elastic tabs: columns that are as wide as their widest cell, as Go's `text/tabwriter` aligns them.
//!
//! Text goes in with cells ended by tabs and lines by line breaks. What follows a line's last tab belongs to no column.
//! A column is a block of consecutive lines that have a cell in it, so a line with fewer cells ends the blocks to its
//! right. kubectl's own writer (a fork) can also remember widths from one flush to the next, for watches; so can this.

/// Cells that wait for their columns' widths.
#[derive(Debug, Clone)]
pub struct TabWriter {
    /// The least width of a column, padding included, in characters.
    min_width: usize,
    /// Spaces added to the widest cell.
    padding: usize,
    /// The text of all cells, one after the other.
    text: Vec<u8>,
    /// Where each cell's text ends, and how many characters it has.
    cells: Vec<(u32, u32)>,
    /// How many cells there are up to the end of each finished line.
    lines: Vec<u32>,
    /// Before which lines, by number, all blocks end.
    breaks: Vec<usize>,
    /// How many lines there are up to the last that is one cell: what comes later cannot change their look.
    settled: usize,
    /// Where the unfinished cell begins.
    cell_start: usize,
    /// Widths that earlier flushes came to, by column, if they are to be remembered.
    remembered: Option<Vec<usize>>,
}

impl TabWriter {
    /// A writer whose columns are at least `min_width` characters wide and `padding` wider than their cells.
    pub fn new(min_width: usize, padding: usize) -> Self {
        TabWriter {
            min_width,
            padding,
            text: Vec::new(),
            cells: Vec::new(),
            lines: Vec::new(),
            breaks: Vec::new(),
            settled: 0,
            cell_start: 0,
            remembered: None,
        }
    }

    /// The writer behind kubectl's tables: columns of at least six characters, three spaces between them, widths
    /// remembered until [`TabWriter::forget_widths`].
    pub fn for_tables() -> Self {
        TabWriter {
            remembered: Some(Vec::new()),
            ..TabWriter::new(6, 3)
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.cells.is_empty() && self.text.is_empty()
    }

    /// How many bytes of text wait.
    pub fn waiting(&self) -> usize {
        self.text.len()
    }

    /// Adds text in which tabs (also vertical ones) end cells and line breaks end lines. A form feed ends all blocks too.
    pub fn write(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\t' | 0x0b | b'\n' | 0x0c)) {
            self.text.extend_from_slice(&rest[..at]);
            self.end_cell();
            if matches!(rest[at], b'\n' | 0x0c) {
                let before = self.lines.last().map_or(0, |&end| end as usize);
                self.lines.push(self.cells.len() as u32);
                if rest[at] == 0x0c || self.cells.len() == before + 1 {
                    self.settled = self.lines.len();
                }
            }
            if rest[at] == 0x0c {
                self.breaks.push(self.lines.len());
            }
            rest = &rest[at + 1..];
        }
        self.text.extend_from_slice(rest);
    }

    fn end_cell(&mut self) {
        let cell = &self.text[self.cell_start..];
        // A character is counted at its first byte. Go counts a stray byte as one as well; text here is UTF-8.
        let width = cell.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        self.cells.push((self.text.len() as u32, width as u32));
        self.cell_start = self.text.len();
    }

    /// Forgets the widths of earlier flushes: a new table begins.
    pub fn forget_widths(&mut self) {
        if let Some(remembered) = &mut self.remembered {
            remembered.clear();
        }
    }

    /// Appends those lines to `out` whose look is settled, and forgets the others: what Go's writer has written by itself
    /// when nobody flushes it any more.
    pub fn abandon(&mut self, out: &mut Vec<u8>) {
        self.lines.truncate(self.settled);
        self.cells.truncate(self.lines.last().map_or(0, |&end| end as usize));
        self.text.truncate(self.cells.last().map_or(0, |&(end, _)| end as usize));
        self.breaks.retain(|&line| line <= self.settled);
        self.cell_start = self.text.len();
        self.flush(out);
    }

    /// Appends what waits to `out`, aligned. A last line without line break is written as it is.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        let unfinished = self.text.len() > self.cell_start || self.cells.len() > self.lines.last().map_or(0, |&end| end as usize);
        if unfinished {
            // A cell that is still empty is none yet.
            if self.text.len() > self.cell_start {
                self.end_cell();
            }
            self.lines.push(self.cells.len() as u32);
        }
        out.reserve(self.text.len() * 3 / 2);
        let mut layout = Layout {
            writer: self,
            widths: Vec::new(),
            remembered: self.remembered.clone(),
        };
        let mut from = 0;
        for &to in self.breaks.iter().chain([&self.lines.len()]) {
            layout.block(from, to, out);
            from = to;
        }
        self.remembered = layout.remembered;
        if unfinished {
            out.pop();
        }
        self.text.clear();
        self.cells.clear();
        self.lines.clear();
        self.breaks.clear();
        self.settled = 0;
        self.cell_start = 0;
    }

    /// The cells of a line, as indices into `cells`.
    fn line(&self, line: usize) -> std::ops::Range<usize> {
        let start = if line == 0 { 0 } else { self.lines[line - 1] as usize };
        start..self.lines[line] as usize
    }
}

/// One flush: the columns left of the one that is being laid out have their widths.
struct Layout<'a> {
    writer: &'a TabWriter,
    widths: Vec<usize>,
    remembered: Option<Vec<usize>>,
}

impl Layout<'_> {
    /// Lays out lines `from..to`, whose columns `..widths.len()` are known.
    fn block(&mut self, mut from: usize, to: usize, out: &mut Vec<u8>) {
        let column = self.widths.len();
        let writer = self.writer;
        let has_column = |line: usize| writer.line(line).len() > column + 1;
        let mut here = from;
        while here < to {
            if !has_column(here) {
                here += 1;
                continue;
            }
            let end = (here..to).find(|&line| !has_column(line)).unwrap_or(to);
            let widest = (here..end)
                .map(|line| self.writer.cells[self.writer.line(line).start + column].1 as usize)
                .max();
            let mut width = self.writer.min_width.max(widest.unwrap_or_default() + self.writer.padding);
            if let Some(remembered) = &mut self.remembered {
                if column == remembered.len() {
                    remembered.push(0);
                }
                width = width.max(remembered[column]);
                remembered[column] = width;
            }
            self.lines(from, here, out);
            self.widths.push(width);
            self.block(here, end, out);
            self.widths.pop();
            from = end;
            here = end;
        }
        self.lines(from, to, out);
    }

    /// Writes lines `from..to`, of whose cells all but the last have their widths.
    fn lines(&self, from: usize, to: usize, out: &mut Vec<u8>) {
        for line in from..to {
            for (column, cell) in self.writer.line(line).enumerate() {
                let start = if cell == 0 { 0 } else { self.writer.cells[cell - 1].0 as usize };
                let (end, width) = self.writer.cells[cell];
                out.extend_from_slice(&self.writer.text[start..end as usize]);
                if let Some(&column_width) = self.widths.get(column) {
                    out.resize(out.len() + column_width - width as usize, b' ');
                }
            }
            out.push(b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(writer: &mut TabWriter, text: &str) -> String {
        writer.write(text.as_bytes());
        let mut out = Vec::new();
        writer.flush(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn flush_of_rows_aligns_columns_three_spaces_apart() {
        let mut writer = TabWriter::for_tables();
        assert_eq!(
            aligned(&mut writer, "NAME\tAGE\nlonely\t5m\nä\t\n"),
            "NAME     AGE\nlonely   5m\nä        \n"
        );
    }

    #[test]
    fn flush_of_a_shorter_line_ends_the_column_block() {
        let mut writer = TabWriter::new(0, 2);
        assert_eq!(
            aligned(&mut writer, "a\tb\tc\nplain\nlonger\tb\tc\n"),
            "a  b  c\nplain\nlonger  b  c\n"
        );
    }

    #[test]
    fn flush_after_a_wider_one_keeps_its_widths_until_forgotten() {
        let mut writer = TabWriter::for_tables();
        aligned(&mut writer, "a-long-name\tx\n");
        assert_eq!(aligned(&mut writer, "b\tx\n"), "b             x\n");
        writer.forget_widths();
        assert_eq!(aligned(&mut writer, "b\tx\n"), "b     x\n");
    }

    #[test]
    fn flush_of_a_line_that_ends_in_a_form_feed_ends_every_block() {
        let mut writer = TabWriter::new(0, 2);
        assert_eq!(aligned(&mut writer, "a\tb\x0clonger\x0bc\nd\te"), "a  b\nlonger  c\nd       e");
    }

    #[test]
    fn abandon_after_a_line_of_one_cell_keeps_what_is_before_its_end() {
        let mut writer = TabWriter::new(0, 1);
        let mut out = Vec::new();
        writer.write(b"a\tb\nplain\nc\td\nrest");
        writer.abandon(&mut out);
        assert_eq!(out, b"a b\nplain\n");
        writer.write(b"c\td\n");
        writer.abandon(&mut out);
        assert_eq!(out, b"a b\nplain\n");
    }

    #[test]
    fn flush_of_an_unfinished_line_adds_no_line_break() {
        let mut writer = TabWriter::new(0, 1);
        assert_eq!(aligned(&mut writer, "a\tb"), "a b");
        assert_eq!(aligned(&mut writer, "a\tb\t"), "a b");
    }
}
