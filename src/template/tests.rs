//! For tests: what a real kubectl prints of an object with a template. Its local commands need no server.

use std::thread;

use crate::api::tests::{Answer, ask};

/// What kubectl prints of [`OBJECT`] with each of the output formats; nothing where there is no kubectl.
pub(super) fn printed_by_kubectl(formats: &[String]) -> Option<Vec<Answer>> {
    let answers = |formats: &[String]| -> Option<Vec<Answer>> {
        let command = ["annotate", "--local", "-f", "-", "compared=true", "-o"];
        let one = |format: &String| ask(&[&command[..], &[format]].concat(), OBJECT.as_bytes());
        formats.iter().map(one).collect()
    };
    let (first, second) = formats.split_at(formats.len() / 2);
    thread::scope(|scope| {
        let second = scope.spawn(|| answers(second));
        let mut all = answers(first)?;
        all.extend(second.join().unwrap()?);
        Some(all)
    })
}

/// An object with a bit of everything in it, already annotated.
pub(super) const OBJECT: &str = r#"{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"x","namespace":"ns",
"annotations":{"compared":"true"},"labels":{"app.kubernetes.io/name":"till","tier":"a"}},
"lists":[{"v":[],"n":1},{"v":["a","b"],"n":2,"m":{"k":"v"}},{"v":["c"],"n":3,"x":null}],"none":null,"empty":"","int":5,
"negative":-3,"float":1.5,"big":1e21,"small":1e-7,"million":1234567.5,"huge":123456789012345678901234567890,
"true":true,"false":false,"object":{},"list":[],"nulls":[null,1],"numbers":[3,1,2],"floats":[0.5,2.25],
"text":"<&> it's \"é☃\"\u001b","lines":"a\nb\tc","base":"Y29ycmVjdCBob3JzZQ==","words":["one","two","three"],
"nested":[[1,2],[3],[]],"mixed":[1,"a",true,null,1.5,{"k":1},[1]],"ports":[{"name":"a","port":80},
{"name":"b","port":443,"node":30443},{"name":"c","port":8080,"node":30080}]}"#;
