//! The note in which `kubectl apply` keeps the manifest that it applied last (kubectl's `util/apply.go` and
//! `editor.GetApplyPatch`).

use crate::api::{
    OwnedValue, Value, json,
    object::{self, LAST_APPLIED, applied_text},
};

/// What is noted at an object: the manifest as it was written, or the empty text.
pub fn noted<'a>(object: &'a Value<'_>) -> Option<&'a str> {
    object::annotation(object, LAST_APPLIED)
}

/// Notes a manifest in itself, so that what is created from it remembers it.
pub fn note(manifest: &mut OwnedValue) {
    let text = applied_text(manifest);
    manifest.set(&["metadata", "annotations", LAST_APPLIED], text);
}

/// As [`note`], where that is demanded or the manifest has such a note already.
pub fn renew(manifest: &mut OwnedValue, demanded: bool) {
    if demanded || object::last_applied(manifest).is_some() {
        note(manifest);
    }
}

/// A manifest as it is compared with what the server has: without a note, but with annotations, even if there are none.
pub fn compared(mut manifest: OwnedValue) -> OwnedValue {
    manifest.object_at(&["metadata", "annotations"]).remove(LAST_APPLIED);
    manifest
}

/// The merge patch that notes a manifest in its object and changes nothing else. Unlike [`note`], it takes the manifest as
/// it is, with what may be noted in it.
pub fn patch(manifest: &Value<'_>) -> OwnedValue {
    let mut text = Vec::new();
    json::to_compact(&mut text, manifest);
    text.push(b'\n');
    let mut patch = Value::Null;
    patch.set(
        &["metadata", "annotations", LAST_APPLIED],
        String::from_utf8_lossy(&text).into_owned(),
    );
    patch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn renew_notes_only_what_is_demanded_or_has_been_noted() {
        let mut plain = manifest(r#"{"kind":"Pod"}"#);
        renew(&mut plain, false);
        assert_eq!(noted(&plain), None);
        renew(&mut plain, true);
        assert_eq!(noted(&plain), Some("{\"kind\":\"Pod\",\"metadata\":{\"annotations\":{}}}\n"));
        let before = plain.clone();
        renew(&mut plain, false);
        assert_eq!(plain, before, "a note is no part of the manifest");
    }

    #[test]
    fn patch_notes_the_manifest_as_it_is() {
        let patch = patch(&manifest(r#"{"kind":"Pod","metadata":{"name":"<a>"}}"#));
        assert_eq!(
            patch.str_at(&["metadata", "annotations", LAST_APPLIED]),
            "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"\\u003ca\\u003e\"}}\n"
        );
    }

    #[test]
    fn compared_leaves_the_note_out_and_the_map_in() {
        assert_eq!(compared(manifest("{}")), manifest(r#"{"metadata":{"annotations":{}}}"#));
        let mut noted = manifest(r#"{"metadata":{"annotations":{"a":"b"}}}"#);
        note(&mut noted);
        assert_eq!(compared(noted), manifest(r#"{"metadata":{"annotations":{"a":"b"}}}"#));
    }
}
