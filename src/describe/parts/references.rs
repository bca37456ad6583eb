//! References to secrets as Go prints them: `&SecretReference{Name:a,Namespace:b,}`.

use super::fields::object;
use crate::api::Value;

/// A reference to an object of the same namespace; `nil` where there is none.
pub fn local(source: &Value<'_>) -> String {
    match object(source, &["secretRef"]) {
        Some(reference) => format!("&LocalObjectReference{{Name:{},}}", reference.str_at(&["name"])),
        None => "nil".to_owned(),
    }
}

/// A reference to a secret of any namespace; `nil` where there is none.
pub fn secret(source: &Value<'_>) -> String {
    match object(source, &["secretRef"]) {
        Some(reference) => format!(
            "&SecretReference{{Name:{},Namespace:{},}}",
            reference.str_at(&["name"]),
            reference.str_at(&["namespace"])
        ),
        None => "nil".to_owned(),
    }
}
