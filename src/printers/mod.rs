//! What objects look like: tables, and the forms that machines read. Pure: values in, text out.

pub mod custom_columns;
pub mod form;
pub mod kyaml;
pub mod sort;
pub mod table;
pub mod tabs;

pub use form::Printer;

/// Appends text with what would steer a terminal made visible, as kubectl's `EscapeTerminal` makes it.
pub fn escape_terminal(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            0x1b => out.extend_from_slice(b"^["),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(byte),
        }
    }
}
