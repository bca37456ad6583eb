//! What objects look like: tables, and the forms that machines read. Pure: values in, text out.

pub mod custom_columns;
pub mod form;
pub mod kyaml;
pub mod sort;
pub mod table;
pub mod tabs;

pub use form::Printer;
