//! Descriptions of the objects in `fixtures/describe`, next to what kubectl says of them.
//!
//! A fixture is an object, what the server answers by path, and the time. The texts are those of kubectl 1.36, from
//! recordings, or of 1.33 where it prints the same.

use std::{fs, path::Path};

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{Answer, Describer, Facts, Settings, describer, kinds};
use crate::{
    api::{OwnedValue, Status, Value, json, object, time},
    error::Error,
};

/// The value of a JSON text.
pub fn value(text: &str) -> OwnedValue {
    json::parse(text.as_bytes()).unwrap().into_owned()
}

/// An object with what the server says about it.
struct Fixture {
    name: String,
    case: OwnedValue,
    text: Vec<u8>,
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/describe");
    let mut fixtures = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            fixtures.push(Fixture {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                case: value(&fs::read_to_string(&path).unwrap()),
                text: fs::read(path.with_extension("txt")).unwrap(),
            });
        }
    }
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(fixtures.len() > 100, "the fixtures are in {}", folder.display());
    fixtures
}

fn fixture(name: &str) -> Fixture {
    fixtures().into_iter().find(|fixture| fixture.name == name).unwrap()
}

fn settings(case: &Value<'_>) -> Settings {
    Settings {
        now: time::parse(case.str_at(&["now"])).unwrap(),
        zone: TimeZone::UTC,
        show_events: true,
        chunk_size: 500,
    }
}

fn describer_of(object: &Value<'_>) -> &'static Describer {
    let (group, _) = object::group_version(object);
    describer(group, object.str_at(&["kind"]))
}

/// The answer at a path: a page or a refusal; what nobody answers is not there.
fn answer<'a>(case: &Value<'a>, path: &str) -> Answer<'a> {
    match case.at(&["answers", path]) {
        Some(page) if page.str_at(&["kind"]) != "Status" => Ok(vec![page.clone()]),
        refusal => Err(Error::from(Status {
            message: refusal.map_or("not answered", |status| status.str_at(&["message"])).to_owned(),
            reason: "NotFound".to_owned(),
            code: 404,
            details: None,
        })),
    }
}

/// The description of an object by what the server says in `case`.
fn described(object: &Value<'_>, case: &Value<'_>, settings: &Settings) -> Result<Vec<u8>, Error> {
    let describer = describer_of(object);
    let events = describer.event_questions(object, settings);
    let questions = events.iter().cloned().chain((describer.questions)(object));
    let facts = Facts {
        object,
        settings,
        answers: questions
            .map(|question| {
                let answer = answer(case, &question.path(settings.chunk_size, ""));
                (question, answer)
            })
            .collect(),
        events,
    };
    let mut out = Vec::new();
    describer.render(&facts, &mut out)?;
    Ok(out)
}

fn object(case: &Value<'_>) -> OwnedValue {
    case.get("object").unwrap().clone().into_owned()
}

#[test]
fn describe_of_every_fixture_says_what_kubectl_says() {
    let mut wrong = Vec::new();
    for Fixture { name, case, text } in fixtures() {
        let ours = described(&object(&case), &case, &settings(&case)).unwrap();
        if ours != text {
            let [ours, text] = [&ours, &text].map(|text| String::from_utf8_lossy(text).into_owned());
            let differing = ours.lines().zip(text.lines()).find(|(ours, theirs)| ours != theirs);
            wrong.push(format!("{name}: {differing:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn describe_asks_for_exactly_what_kubectl_was_answered() {
    for Fixture { name, case, .. } in fixtures() {
        let (object, settings) = (object(&case), settings(&case));
        let describer = describer_of(&object);
        let events = describer.event_questions(&object, &settings);
        let mut paths: Vec<String> = events
            .into_iter()
            .chain((describer.questions)(&object))
            .map(|question| question.path(500, ""))
            .collect();
        paths.sort();
        let mut answered: Vec<&str> = case.get("answers").unwrap().as_object().unwrap().keys().collect();
        answered.sort_unstable();
        assert_eq!(paths, answered, "{name}");
    }
}

#[test]
fn every_kind_has_a_rich_and_a_bare_fixture() {
    let names: Vec<String> = fixtures().into_iter().map(|fixture| fixture.name).collect();
    for kind in kinds::ALL.iter().map(|describer| describer.kind) {
        let file = fixtures()
            .iter()
            .find(|fixture| object(&fixture.case).str_at(&["kind"]) == kind)
            .map(|fixture| fixture.name.split('-').next().unwrap().to_owned());
        let file = file.unwrap_or_else(|| panic!("no fixture of {kind}"));
        for case in ["rich", "bare"] {
            assert!(names.contains(&format!("{file}-{case}")), "{file}-{case}");
        }
    }
}

#[test]
fn describe_without_events_leaves_them_out_and_asks_for_none() {
    let Fixture { case, text, .. } = fixture("pod-crashing");
    let settings = Settings {
        show_events: false,
        ..settings(&case)
    };
    let ours = described(&object(&case), &case, &settings).unwrap();
    let events = text.windows(7).position(|window| window == b"Events:").unwrap();
    assert_eq!(ours, text[..events]);
}

#[test]
fn describe_of_hostile_texts_lets_no_escape_sequence_through() {
    let Fixture { case, .. } = fixture("pod-hostile");
    let ours = described(&object(&case), &case, &settings(&case)).unwrap();
    assert!(!ours.iter().any(|byte| matches!(byte, 0x1b | b'\r')));
    let ours = String::from_utf8(ours).unwrap();
    assert!(ours.contains("Status:   Running^[[7m\n"), "{ours}");
    assert!(ours.contains("Image:      i\\r^[[K\n"), "{ours}");
}

#[test]
fn describe_elsewhere_writes_times_in_the_zone_there() {
    let Fixture { case, .. } = fixture("pod-crashing");
    let settings = Settings {
        zone: TimeZone::fixed(jiff::tz::offset(9)),
        ..settings(&case)
    };
    let ours = String::from_utf8(described(&object(&case), &case, &settings).unwrap()).unwrap();
    assert!(ours.contains("Start Time:       Sat, 21 Nov 2026 02:53:38 +0900\n"), "{ours}");
}

#[test]
fn describe_of_a_deployment_whose_selector_makes_no_sense_fails_as_kubectl_does() {
    let object =
        value(r#"{"apiVersion":"apps/v1","kind":"Deployment","spec":{"selector":{"matchExpressions":[{"key":"a","operator":"Like"}]}}}"#);
    let case = value(r#"{"now":"2026-01-01T00:00:00Z","answers":{}}"#);
    let error = described(&object, &case, &settings(&case)).unwrap_err();
    assert_eq!(error.text(), "error: \"Like\" is not a valid label selector operator");
}

#[test]
fn describe_of_pods_that_may_not_be_listed_says_so_where_kubectl_does() {
    for (name, line) in [
        ("replica_set-rich", "Pods Status:    error in fetching pods: may not\n"),
        ("node-bare", "Pods:                         not authorized\n"),
    ] {
        let Fixture { mut case, .. } = fixture(name);
        let answers = case.at_mut(&["answers"]).and_then(Value::as_object_mut).unwrap();
        for (path, answer) in answers.iter_mut() {
            if path.contains("/pods?") {
                *answer = value(r#"{"kind":"Status","message":"may not"}"#);
            }
        }
        let ours = String::from_utf8(described(&object(&case), &case, &settings(&case)).unwrap()).unwrap();
        assert!(ours.contains(line), "{ours}");
    }
}

/// How many values there are in a value, itself included.
fn size(value: &Value<'_>) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(map) => map.iter().map(|(_, value)| size(value)).sum(),
        _ => 0,
    }
}

/// Does something to the value at a place, counted in depth first order.
fn spoil(value: &mut OwnedValue, place: &mut usize, how: &OwnedValue) {
    if *place == 0 {
        *value = how.clone();
    }
    *place = place.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, place, how)),
        Value::Object(map) => map.iter_mut().for_each(|(_, value)| spoil(value, place, how)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// Missing, null and mistyped fields, in objects and in what belongs to them.
    #[test]
    fn describe_of_spoilt_objects_never_panics(which: prop::sample::Index, spots in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..9), 1..6)) {
        thread_local! {
            static FIXTURES: Vec<Fixture> = fixtures();
        }
        FIXTURES.with(|fixtures| {
            let mut case = which.get(fixtures).case.clone();
            let settings = settings(&case);
            let ways = [
                "null", "{}", "[]", "7", "-1.5", "true", "\"\"", "\"text\"", "[null,{},7,\"x\"]",
            ];
            for (spot, way) in spots {
                let mut place = spot.index(size(&case));
                spoil(&mut case, &mut place, &value(ways[way]));
            }
            let object = case.get("object").cloned().unwrap_or_default().into_owned();
            let _ = described(&object, &case, &settings);
        });
    }
}
