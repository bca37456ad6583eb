//! `edit` and its kin, with shell scripts for editors: what is shown, what is sent, and what becomes of the text.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::{Outcome, Place, offers};
use crate::server::{Reply, Server};

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
     # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
     # reopened with the relevant failures.\n\
     #\n";

const WEB: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"u1","resourceVersion":"7","managedFields":[{"manager":"m"}]},"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"a","image":"one"},{"name":"b","image":"two"}]}}}}"#;
const DB: &str =
    r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"db","namespace":"shop","uid":"u2"},"spec":{"replicas":2}}"#;

/// A place with a scripted server and a folder for the files that are edited.
struct Desk {
    place: Place,
    server: Server,
    folder: tempfile::TempDir,
}

impl Desk {
    /// A server with two deployments, which answers what is written with what `answer` says, or with the deployment.
    fn new(answer: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Desk {
        let server = Server::start(move |asked| {
            offers::answer(asked).unwrap_or_else(|| {
                let path = asked.path.split('?').next().unwrap_or_default();
                let own = if asked.method == "GET" { None } else { answer(path) };
                own.unwrap_or_else(|| match path.rsplit('/').next() {
                    Some("web") => Reply::Json(200, WEB.to_owned()),
                    Some("db") => Reply::Json(200, DB.to_owned()),
                    _ if asked.method == "POST" => Reply::Json(201, String::from_utf8(asked.body.clone()).unwrap()),
                    _ => offers::refusal(404, "NotFound", "not found"),
                })
            })
        });
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("files")).unwrap();
        let mut place = Place::new(&server.url());
        place.env.extend(HashMap::from([
            ("TMPDIR".to_owned(), folder.path().join("files").display().to_string()),
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
            ("FOLDER".to_owned(), folder.path().display().to_string()),
        ]));
        Desk { place, server, folder }
    }

    fn accepting() -> Desk {
        Desk::new(|_| None)
    }

    /// Takes a shell script for the editor; `$1` is the file, `$FOLDER` a folder to leave things in. Each run also
    /// leaves what it was shown: `shown.1`, `shown.2` and so on.
    fn editor(mut self, script: &str) -> Desk {
        let path = self.folder.path().join("editor");
        let text = format!("n=$(($(ls \"$FOLDER\" | grep -c shown) + 1))\ncp \"$1\" \"$FOLDER/shown.$n\"\n{script}\n");
        fs::write(&path, text).unwrap();
        // The shell reads the script; a program just written could not be run while another test starts a process.
        self.place
            .env
            .insert("KUBE_EDITOR".to_owned(), format!("/bin/sh {}", path.display()));
        self
    }

    /// Runs a command line.
    fn run(&self, words: &[&str]) -> Outcome {
        self.place.run(words)
    }

    /// What the editor was shown the `n`th time.
    fn shown(&self, n: usize) -> String {
        fs::read_to_string(self.folder.path().join(format!("shown.{n}"))).unwrap()
    }

    /// The files that were left.
    fn left(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.path().join("files")).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Method, content type, path and body of what was written.
    fn written(&self) -> Vec<(String, String, String)> {
        let writes = self.server.asked().into_iter().filter(|asked| asked.method != "GET");
        writes
            .map(|asked| {
                let media = asked.header("content-type").to_owned();
                (
                    format!("{} {}", asked.method, asked.path),
                    media,
                    String::from_utf8(asked.body).unwrap(),
                )
            })
            .collect()
    }
}

/// A sentence that names a file.
fn naming(before: &str, path: &Path, after: &str) -> String {
    format!("{before}{}{after}", path.display())
}

#[test]
fn edit_shows_the_object_and_sends_a_strategic_patch() {
    let desk = Desk::accepting().editor("sed -i 's/image: two/image: three/;s/replicas: 1/replicas: 4/' \"$1\"");
    let outcome = desk.run(&["edit", "deploy", "web", "--output-patch"]);
    let patch = r#"{"spec":{"replicas":4,"template":{"spec":{"$setElementOrder/containers":[{"name":"a"},{"name":"b"}],"containers":[{"image":"three","name":"b"}]}}}}"#;
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(outcome.out, format!("Patch: {patch}\ndeployment.apps/web edited\n"));
    assert_eq!(
        desk.shown(1),
        format!(
            "{HEADER}apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  resourceVersion: \"7\"\n  uid: u1\nspec:\n  replicas: 1\n  template:\n    spec:\n      containers:\n      - image: one\n        name: a\n      - image: two\n        name: b\n"
        )
    );
    assert_eq!(
        desk.written(),
        [(
            "PATCH /apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl-edit&fieldValidation=Strict".to_owned(),
            "application/strategic-merge-patch+json".to_owned(),
            patch.to_owned()
        )]
    );
    assert_eq!(desk.left(), [] as [PathBuf; 0]);
}

#[test]
fn edit_without_a_change_is_cancelled_and_leaves_nothing() {
    for (script, words, said) in [
        ("true", &[][..], "Edit cancelled, no changes made.\n"),
        ("echo '# a comment' >> \"$1\"", &[], "Edit cancelled, no changes made.\n"),
        (": > \"$1\"", &["--validate=false"], "Edit cancelled, saved file was empty.\n"),
        ("true", &["-o", "json"], "Edit cancelled, no changes made.\n"),
    ] {
        let desk = Desk::accepting().editor(script);
        let outcome = desk.run(&[&["edit", "deploy/web"], words].concat());
        assert_eq!(
            (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
            (0, "", said),
            "{script}"
        );
        assert_eq!((desk.written().len(), desk.left().len()), (0, 0), "{script}");
    }
}

#[test]
fn edit_as_json_shows_no_header() {
    let desk = Desk::accepting().editor("sed -i 's/\"replicas\": 1/\"replicas\": 3/' \"$1\"");
    let outcome = desk.run(&["edit", "deploy/web", "-o", "json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(
        desk.shown(1).starts_with("{\n    \"apiVersion\": \"apps/v1\",\n"),
        "{}",
        desk.shown(1)
    );
    assert!(outcome.out.starts_with("{\n    \"apiVersion\": \"apps/v1\",\n"), "{}", outcome.out);
    assert_eq!(desk.written()[0].2, r#"{"spec":{"replicas":3}}"#);
}

#[test]
fn edit_with_windows_line_endings_shows_them_and_reads_them() {
    let desk = Desk::accepting().editor("sed -i 's/replicas: 1/replicas: 3/' \"$1\"");
    let outcome = desk.run(&["edit", "deploy/web", "--windows-line-endings"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(desk.shown(1).contains("ignored,\r\n") && desk.shown(1).ends_with("name: b\r\n"));
    assert_eq!(desk.written()[0].2, r#"{"spec":{"replicas":3}}"#);
}

#[test]
fn edit_of_what_cannot_be_read_opens_the_file_again_and_keeps_it_where_it_stays_so() {
    let desk = Desk::accepting().editor("[ -e \"$FOLDER/once\" ] || echo 'a: b: c' >> \"$1\"; touch \"$FOLDER/once\"");
    let outcome = desk.run(&["edit", "deploy/web"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    let kept = desk
        .left()
        .into_iter()
        .find(|path| outcome.err.contains(&path.display().to_string()))
        .unwrap();
    assert_eq!(
        outcome.err,
        naming(
            "error: deployments.apps \"web\" is invalid\nA copy of your changes has been stored to \"",
            &kept,
            "\"\nerror: Edit cancelled, no valid changes were saved.\n"
        )
    );
    let again = desk.shown(2);
    assert!(
        again.starts_with(&format!(
            "{HEADER}# deployments.apps \"web\" was not valid:\n# * <nil>: Invalid value: \"The edited file failed validation\": yaml: line "
        )),
        "{again}"
    );
    assert!(again.ends_with("name: b\na: b: c\n"), "{again}");
    assert_eq!(fs::read_to_string(kept).unwrap(), again);
}

#[test]
fn edit_of_what_cannot_be_read_goes_on_once_it_can() {
    let desk = Desk::accepting().editor(
        "if [ -e \"$FOLDER/once\" ]; then sed -i '/kind: Nope/d;s/replicas: 1/replicas: 3/' \"$1\"; echo 'kind: Deployment' >> \"$1\"; \
         else touch \"$FOLDER/once\"; sed -i 's/^kind: .*/kind: Nope/' \"$1\"; fi",
    );
    let outcome = desk.run(&["edit", "deploy/web"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "deployment.apps/web edited\n", "")
    );
    let again = desk.shown(2);
    assert!(
        again.contains(
            "#\n# The edited file had a syntax error: resource mapping not found for name: \"web\" namespace: \"shop\" from \
             \"edited-file\": no matches for kind \"Nope\" in version \"apps/v1\"\n# ensure CRDs are installed first\n#\n"
        ),
        "{again}"
    );
    assert_eq!(desk.left(), [] as [PathBuf; 0]);
}

#[test]
fn edit_that_the_server_finds_invalid_opens_the_file_with_the_causes() {
    let refused = Mutex::new(false);
    let desk = Desk::new(move |_| {
        let mut refused = refused.lock().unwrap();
        (!std::mem::replace(&mut *refused, true)).then(|| {
            let status = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Deployment.apps \"web\" is invalid","reason":"Invalid","details":{"name":"web","group":"apps","kind":"Deployment","causes":[{"message":"Invalid value: -1: must be greater","field":"spec.replicas"},{"message":"Required value","field":"spec.x"}]},"code":422}"#;
            Reply::Json(422, status.to_owned())
        })
    })
    .editor(
        "if [ -e \"$FOLDER/once\" ]; then sed -i 's/replicas: -1/replicas: 3/' \"$1\"; \
         else touch \"$FOLDER/once\"; sed -i 's/replicas: 1/replicas: -1/' \"$1\"; fi",
    );
    let outcome = desk.run(&["edit", "deploy/web"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "deployment.apps/web edited\n", "error: deployments.apps \"web\" is invalid\n")
    );
    assert!(
        desk.shown(2).starts_with(&format!(
            "{HEADER}# deployments.apps \"web\" was not valid:\n# * spec.replicas: Invalid value: -1: must be greater\n# * spec.x: \
             Required value\n#\napiVersion: apps/v1\n"
        )),
        "{}",
        desk.shown(2)
    );
    let bodies: Vec<_> = desk.written().into_iter().map(|(_, _, body)| body).collect();
    assert_eq!(bodies, [r#"{"spec":{"replicas":-1}}"#, r#"{"spec":{"replicas":3}}"#]);
    assert_eq!(desk.left(), [] as [PathBuf; 0]);
}

#[test]
fn edit_that_comes_too_late_says_where_the_text_is() {
    for (code, reason, said, then) in [
        (
            409,
            "Conflict",
            "error: deployments.apps \"web\" could not be patched: it was changed\nYou can run `kubectl replace -f ",
            "` to try this update again.\n",
        ),
        (
            404,
            "NotFound",
            "error: deployments.apps \"web\" could not be found on the server\nThe edits you made on deleted resources have been saved to \"",
            "\"\n",
        ),
    ] {
        let desk =
            Desk::new(move |_| Some(offers::refusal(code, reason, "it was changed"))).editor("sed -i 's/replicas: 1/replicas: 3/' \"$1\"");
        let outcome = desk.run(&["edit", "deploy/web"]);
        let [kept] = &desk.left()[..] else { panic!("one file is left") };
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
        assert_eq!(outcome.err, naming(said, kept, then));
        assert!(fs::read_to_string(kept).unwrap().contains("replicas: 3"));
    }
}

#[test]
fn edit_of_what_may_not_change_is_refused_and_kept() {
    let unknown = "no original object found for &unstructured.Unstructured{Object:map[string]interface {}{\"apiVersion\":\"apps/v1\", ";
    for (script, said) in [
        (
            "s/name: web/name: other/",
            "At least one of apiVersion, kind and name was changed\n",
        ),
        (
            "s/kind: Deployment/kind: StatefulSet/",
            "At least one of apiVersion, kind and name was changed\n",
        ),
        (
            "s/namespace: shop/namespace: other/",
            "the namespace from the provided object \"other\" does not match the namespace \"shop\". You must pass '--namespace=other' to perform this operation.\n",
        ),
        ("s/uid: u1/uid: u9/", unknown),
    ] {
        let desk = Desk::accepting().editor(&format!("sed -i '{script}' \"$1\""));
        let outcome = desk.run(&["edit", "deploy/web"]);
        let [kept] = &desk.left()[..] else {
            panic!("one file is left: {script}")
        };
        let start = naming("A copy of your changes has been stored to \"", kept, &format!("\"\nerror: {said}"));
        assert!(outcome.err.starts_with(&start), "{script}: {}", outcome.err);
        assert_eq!((outcome.code, desk.written().len()), (1, 0), "{script}");
    }
}

#[test]
fn edit_of_several_is_one_list_and_a_patch_for_each_that_changed() {
    let desk = Desk::accepting().editor("sed -i 's/replicas: 2/replicas: 5/' \"$1\"");
    let outcome = desk.run(&["edit", "deploy", "web", "db"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "deployment.apps/web skipped\ndeployment.apps/db edited\n", "")
    );
    let shown = desk.shown(1);
    assert!(
        shown.starts_with(&format!("{HEADER}apiVersion: v1\nitems:\n- apiVersion: apps/v1\n")),
        "{shown}"
    );
    assert!(shown.ends_with("  spec:\n    replicas: 2\nkind: List\nmetadata: {}\n"), "{shown}");
    let bodies: Vec<_> = desk.written().into_iter().map(|(_, _, body)| body).collect();
    assert_eq!(bodies, [r#"{"spec":{"replicas":5}}"#]);
}

#[test]
fn edit_of_several_stores_the_others_where_one_cannot_be() {
    let desk = Desk::accepting().editor("sed -i 's/name: web/name: other/;s/replicas: 2/replicas: 5/' \"$1\"");
    let outcome = desk.run(&["edit", "deploy", "web", "db"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, "deployment.apps/db edited\n"));
    assert!(
        outcome
            .err
            .ends_with("error: At least one of apiVersion, kind and name was changed\n"),
        "{}",
        outcome.err
    );
    assert_eq!(desk.left().len(), 1);
}

#[test]
fn edit_with_save_config_and_record_notes_both_in_the_patch() {
    let desk = Desk::accepting().editor("sed -i 's/replicas: 2/replicas: 5/' \"$1\"");
    let outcome = desk.run(&["edit", "deploy/db", "--save-config", "--record", "--field-manager=me"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let [(path, _, body)] = &desk.written()[..] else {
        panic!("one patch")
    };
    assert!(path.ends_with("?fieldManager=me&fieldValidation=Strict"), "{path}");
    assert!(
        body.contains(r#""kubernetes.io/change-cause":"kubectl edit deploy/db --save-config=true --record=true --field-manager=me""#),
        "{body}"
    );
    assert!(body.contains(r#"\"spec\":{\"replicas\":5}}\n""#), "{body}");
}

#[test]
fn edit_with_an_editor_that_fails_or_is_not_there_says_so() {
    for (editor, said) in [
        ("false", "there was a problem with the editor \"false\""),
        ("false now", "there was a problem with the editor \"false now\""),
        ("no-such-editor", "unable to launch the editor \"no-such-editor\""),
        ("/no/such", "there was a problem with the editor \"/no/such\""),
        ("exit '3' #", "there was a problem with the editor \"/bin/sh -c exit '3' #\""),
    ] {
        let mut desk = Desk::accepting();
        desk.place.env.insert("EDITOR".to_owned(), editor.to_owned());
        desk.place.env.insert("SHELL".to_owned(), "/bin/sh".to_owned());
        let outcome = desk.run(&["edit", "deploy/web"]);
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {said}\n")));
    }
}

#[test]
fn edit_in_a_form_that_cannot_be_edited_runs_no_editor() {
    let desk = Desk::accepting().editor("true");
    let outcome = desk.run(&["edit", "deploy/web", "-o", "name"]);
    assert_eq!(
        outcome.err,
        "error: unable to match a printer suitable for the output format \"name\", allowed formats are: json,kyaml,yaml\n"
    );
    assert_eq!(desk.left(), [] as [PathBuf; 0]);
}

#[test]
fn create_edit_creates_what_each_manifest_was_edited_to() {
    let desk = Desk::accepting().editor("sed -i 's/replicas: 1/replicas: 3/' \"$1\"");
    let manifest = desk.folder.path().join("two.yaml");
    let one = |name: &str, replicas: u8| {
        format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: {replicas}}}\n")
    };
    fs::write(&manifest, format!("{}---\n{}", one("x", 1), one("z", 2))).unwrap();
    let outcome = desk.run(&["create", "--edit", "-f", manifest.to_str().unwrap()]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "deployment.apps/x created\n", "Edit cancelled, no changes made.\n")
    );
    assert_eq!(
        desk.shown(1),
        format!("{HEADER}apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n  namespace: shop\nspec:\n  replicas: 1\n")
    );
    assert_eq!(
        desk.written(),
        [(
            "POST /apis/apps/v1/namespaces/shop/deployments?fieldManager=kubectl-create&fieldValidation=Strict".to_owned(),
            "application/json".to_owned(),
            "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"x\",\"namespace\":\"shop\"},\"spec\":{\"replicas\":3}}\n"
                .to_owned()
        )]
    );
}

#[test]
fn create_edit_with_a_dry_run_keeps_its_word() {
    for (kind, out, writes) in [
        ("client", "deployment.apps/x created (dry run)\n", &[][..]),
        (
            "server",
            "deployment.apps/x created (server dry run)\n",
            &["POST /apis/apps/v1/namespaces/shop/deployments?dryRun=All&fieldManager=kubectl-create&fieldValidation=Strict"],
        ),
    ] {
        let desk = Desk::accepting().editor("sed -i 's/name: x/name: x\\n  labels: {}/' \"$1\"");
        let manifest = desk.folder.path().join("one.yaml");
        fs::write(&manifest, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n").unwrap();
        let dry_run = format!("--dry-run={kind}");
        let outcome = desk.run(&["create", "--edit", &dry_run, "-f", manifest.to_str().unwrap()]);
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, out, ""));
        let asked: Vec<String> = desk.written().into_iter().map(|(request, ..)| request).collect();
        assert_eq!(asked, writes);
    }
}

#[test]
fn edit_last_applied_changes_the_note_and_nothing_else() {
    let noted = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"u1","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"replicas\":1}}\n"}},"spec":{"replicas":9}}"#;
    let server = Server::start(move |asked| offers::answer(asked).unwrap_or_else(|| Reply::Json(200, noted.to_owned())));
    let mut desk = Desk::accepting().editor("sed -i 's/replicas: 1/replicas: 3/' \"$1\"");
    let mut place = Place::new(&server.url());
    place
        .env
        .extend(["TMPDIR", "PATH", "FOLDER", "KUBE_EDITOR"].map(|name| (name.to_owned(), desk.place.env[name].clone())));
    (desk.place, desk.server) = (place, server);
    let outcome = desk.run(&["apply", "edit-last-applied", "deploy/web"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "deployment.apps/web edited\n", "")
    );
    assert_eq!(
        desk.shown(1),
        "# Please edit the 'last-applied-configuration' annotations below.\n# Lines beginning with a '#' will be ignored, and an \
         empty file will abort the edit.\n#\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  annotations: {}\n  name: web\n  \
         namespace: shop\nspec:\n  replicas: 1\n"
    );
    assert_eq!(
        desk.written(),
        [(
            "PATCH /apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl-client-side-apply&fieldValidation=Strict".to_owned(),
            "application/merge-patch+json".to_owned(),
            r#"{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"annotations\":{},\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"replicas\":3}}\n"}}}"#
                .to_owned()
        )]
    );
}

#[test]
fn edit_last_applied_of_objects_without_a_note_says_how_to_make_one() {
    let desk = Desk::accepting();
    let outcome = desk.run(&["apply", "edit-last-applied", "deploy/web"]);
    assert_eq!(
        outcome.err,
        "error: no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`\n"
    );
}
