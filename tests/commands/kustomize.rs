//! `kustomize`.

use std::{path::Path, sync::LazyLock};

use regex::Regex;

use super::{Outcome, Place};
use crate::real;

/// A place without server, with the fixtures' kustomizations in its home.
fn place() -> Place {
    let place = Place::new("http://127.0.0.1:1");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize");
    for folder in ["base", "comp", "over"] {
        let to = place.home().join(folder);
        std::fs::create_dir(&to).unwrap();
        for file in std::fs::read_dir(fixtures.join(folder)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    place
}

#[test]
fn kustomize_of_bases_components_and_overlays_prints_what_kubectl_prints() {
    let place = place();
    for line in [
        &["kustomize", "base"][..],
        &["kustomize", "over"],
        &["kustomize", "over", "--reorder=none"],
    ] {
        // Deprecated flags have words of their own.
        let Some(theirs) = real::kubectl(&place, line) else { break };
        assert_eq!(place.run(line).out, theirs.out, "{line:?}");
    }
    insta::assert_snapshot!("overlay", place.run(&["kustomize", "over"]).out);
}

#[test]
fn kustomize_to_a_file_prints_nothing() {
    let place = place();
    let outcome = place.run(&["kustomize", "over", "-o", "built.yaml"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, ""));
    let written = std::fs::read_to_string(place.home().join("built.yaml")).unwrap();
    assert_eq!(written, place.run(&["kustomize", "over"]).out);
}

/// A kustomization in the fixtures, and what kubectl makes of it.
struct Case {
    name: String,
    words: Vec<String>,
    files: Vec<(String, String)>,
    code: u8,
    out: String,
    err: String,
}

/// The cases in a file: `### name`, perhaps `$ words`, `==> path` before each file, `<== code` before standard output,
/// `<!!` before standard error.
fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize/cases").join(file);
    let mut found: Vec<Case> = Vec::new();
    let mut into = "";
    let text = std::fs::read_to_string(path).unwrap();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if let Some(name) = bare.strip_prefix("### ") {
            into = "";
            found.push(Case {
                name: name.to_owned(),
                words: vec!["kustomize".to_owned(), ".".to_owned()],
                files: Vec::new(),
                code: 0,
                out: String::new(),
                err: String::new(),
            });
            continue;
        }
        let case = found.last_mut().unwrap();
        if let (Some(words), "") = (bare.strip_prefix("$ "), into) {
            case.words = words.split(' ').map(str::to_owned).collect();
        } else if let Some(path) = bare.strip_prefix("==> ") {
            into = "file";
            case.files.push((path.to_owned(), String::new()));
        } else if let Some(code) = bare.strip_prefix("<== ") {
            into = "out";
            case.code = code.parse().unwrap();
        } else if bare == "<!!" {
            into = "err";
        } else {
            match into {
                "file" => case.files.last_mut().unwrap().1.push_str(line),
                "out" => case.out.push_str(line),
                _ => case.err.push_str(line),
            }
        }
    }
    found
}

impl Case {
    /// Runs it with this client, or a real one; the folder's name is `DIR` in what comes out.
    fn run(&self, place: &Place, run: &dyn Fn(&Place, &[&str]) -> Option<Outcome>) -> Option<Outcome> {
        let folder = place.home().join("k");
        std::fs::create_dir(&folder).unwrap();
        for (path, text) in &self.files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            if let Some(to) = text.strip_prefix("LINK ") {
                std::os::unix::fs::symlink(to.trim(), path).unwrap();
            } else if let Some(digits) = text.strip_prefix("HEX ") {
                let digits = digits.trim();
                let bytes = (0..digits.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
                std::fs::write(path, bytes.collect::<Vec<u8>>()).unwrap();
            } else {
                std::fs::write(path, text).unwrap();
            }
        }
        let directory = match self.words[1].as_str() {
            "." => folder.display().to_string(),
            inside => folder.join(inside).display().to_string(),
        };
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        words[1] = &directory;
        let outcome = run(place, &words);
        std::fs::remove_dir_all(&folder).unwrap();
        let home = place.home().display().to_string();
        outcome.map(|outcome| Outcome {
            code: outcome.code,
            out: outcome.out.replace(&home, "DIR"),
            err: timeless(&outcome.err.replace(&home, "DIR")),
        })
    }

    fn expected(&self) -> Outcome {
        Outcome {
            code: self.code,
            out: self.out.clone(),
            err: timeless(&self.err),
        }
    }
}

/// The text without the time and the process in the lines of klog.
fn timeless(text: &str) -> String {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ").unwrap());
    HEAD.replace_all(text, "$1 ").into_owned()
}

/// Asserts that every case in a file comes to what kubectl printed.
fn assert_cases(file: &str) {
    let place = Place::new("http://127.0.0.1:1");
    let mut faults = Vec::new();
    for case in cases(file) {
        let have = case.run(&place, &|place, words| Some(place.run(words))).unwrap();
        let want = case.expected();
        if have != want {
            faults.push(format!("{}: {have:#?}\nexpected: {want:#?}", case.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn kustomize_of_kustomizations_that_may_not_be_right_says_what_kubectl_says() {
    assert_cases("kustomizations.txt");
}

#[test]
fn kustomize_of_generators_prints_what_kubectl_prints() {
    assert_cases("generators.txt");
}

#[test]
fn kustomize_of_merges_prints_what_kubectl_prints() {
    assert_cases("merges.txt");
}

#[test]
fn kustomize_of_every_field_prints_what_kubectl_prints() {
    assert_cases("fields.txt");
}

#[test]
fn kustomize_of_fields_together_prints_what_kubectl_prints() {
    assert_cases("combinations.txt");
}

#[test]
fn kustomize_of_transformations_prints_what_kubectl_prints() {
    assert_cases("transformations.txt");
}

#[test]
fn kustomize_s_recorded_answers_are_those_of_a_real_kubectl() {
    let place = Place::new("http://127.0.0.1:1");
    for file in ["kustomizations.txt", "fields.txt", "transformations.txt"] {
        // Each takes a while, so not all are asked for again.
        for case in cases(file).iter().step_by(8) {
            let Some(theirs) = case.run(&place, &real::kubectl) else { return };
            assert_eq!(theirs, case.expected(), "{}", case.name);
        }
    }
}

#[test]
fn kustomize_to_a_folder_gives_every_object_a_file() {
    let place = Place::new("http://127.0.0.1:1");
    std::fs::create_dir(place.home().join("to")).unwrap();
    let text = "configMapGenerator: [{name: a}, {name: b, namespace: Q}]\ngeneratorOptions: {disableNameSuffixHash: true}\n";
    place.write("kustomization.yaml", text);
    let outcome = place.run(&["kustomize", "-o", "to"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, ""), "{outcome:?}");
    let mut names: Vec<_> = std::fs::read_dir(place.home().join("to"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["default_v1_configmap_a.yaml", "q_v1_configmap_b.yaml"]);
}

#[test]
fn kustomize_with_what_kustomize_5_8_added_does_it() {
    let place = Place::new("http://127.0.0.1:1");
    let build = |kustomization: &str| {
        place.write("kustomization.yaml", kustomization);
        place.run(&["kustomize"])
    };
    place.write(
        "p.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\ndata: {c: '{\"a\": {\"b\": 1}}', y: \"a:\\n  b: 1\\n\"}\nspec: {volumes: [{image: {reference: 'x:1'}}]}\n",
    );
    place.write("empty.yaml", "# nothing\n");
    for (kustomization, want) in [
        (
            "replacements: [{sourceValue: v, targets: [{select: {kind: 'P.*'}, fieldPaths: [spec.v], options: {create: true}}]}]",
            "  v: v\n",
        ),
        (
            "replacements: [{sourceValue: '2', targets: [{select: {kind: Pod}, fieldPaths: [data.c.a.b, data.y.a.b]}]}]",
            "  c: '{\"a\":{\"b\":2}}'\n  \"y\": |-\n    a:\n      b: 2\n",
        ),
        ("images: [{name: x, newTag: '2'}]", "reference: x:2\n"),
        ("patches: [{path: empty.yaml}]", "reference: x:1\n"),
        (
            "buildMetadata: [managedByLabel]",
            "app.kubernetes.io/managed-by: kustomize-v5.8.1\n",
        ),
    ] {
        let outcome = build(&format!("resources: [p.yaml]\n{kustomization}\n"));
        assert!(outcome.out.contains(want), "{kustomization}: {outcome:?}");
    }
    let outcome = build("configMapGenerator: [{name: a}, {name: a}]");
    let want = "exists; can not use behavior: 'unspecified', behavior must be merge or replace\n";
    assert!(outcome.err.ends_with(want), "{outcome:?}");
}

#[test]
fn kustomize_of_what_this_client_does_not_run_says_so() {
    let place = Place::new("http://127.0.0.1:1");
    place.write("kustomization.yaml", "helmCharts: [{name: x}]\n");
    let outcome = place.run(&["kustomize", "--enable-helm"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.ends_with("this client does not run Helm\n"), "{outcome:?}");
}

#[test]
fn kustomize_called_wrongly_says_how() {
    let place = place();
    for (words, sentence) in [
        (&["kustomize", "a", "b"][..], "error: specify one path to kustomization.yaml\n"),
        (
            &["kustomize", "base", "--load-restrictor=x"],
            "error: illegal flag value --load-restrictor x; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]\n",
        ),
    ] {
        assert_eq!(place.run(words).err, sentence);
    }
}
