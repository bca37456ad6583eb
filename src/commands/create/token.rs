//! `kubectl create token`: asks the server for a token of a service account.

use std::io::Write;

use crate::{
    actions::{creation::only_name, dry_run::DryRun, output::Output},
    api::{
        OwnedValue,
        json::{self, SyntaxError, read::Parser},
    },
    args::{Command, Flag, Kind, Parsed, groups},
    client::Request,
    context::Context,
    discovery::builtin,
    error::{Error, Result},
    generate::simple::{TokenRequest, token_request},
    resource::path,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "token",
    usage: "token SERVICE_ACCOUNT_NAME",
    short: "Ask for a token of a service account",
    long: "Ask the server for a token of a service account, and print it.",
    examples: "\
# A token of the service account myapp
kubectl create token myapp

# Of another namespace
kubectl create token myapp --namespace myns

# That lives as long as asked
kubectl create token myapp --duration 10m

# For someone other than the API server
kubectl create token myapp --audience https://example.com

# That ends with a secret
kubectl create token myapp --bound-object-kind Secret --bound-object-name mysecret

# That ends with that very secret
kubectl create token myapp --bound-object-kind Secret --bound-object-name mysecret --bound-object-uid \
0d4691ed-659b-4935-a832-355f77ee47cc",
    flags: &[
        &[
            Flag::array(
                "audience",
                "Whom the token is for; repeat it for several. The API server if not given.",
            ),
            Flag::text(
                "bound-object-kind",
                "The kind of the object that the token ends with: Node, Pod or Secret. Needs --bound-object-name.",
            ),
            Flag::text(
                "bound-object-name",
                "The name of the object that the token ends with. Needs --bound-object-kind.",
            ),
            Flag::text(
                "bound-object-uid",
                "The UID of the object that the token ends with. That of the object of that name if not given.",
            ),
            Flag::new(
                "duration",
                Kind::Duration,
                "0s",
                "How long the token shall live. The server decides if it is 0, and may decide otherwise anyway.",
            ),
        ],
        groups::OUTPUT,
        groups::PRINT,
    ],
    ..Command::NEW
};

/// Asks for the token and prints it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let namespace = context.namespace()?.name;
    let printed = !parsed.string("output").is_empty() || !parsed.string("template").is_empty();
    let output = printed
        .then(|| Output::resolve(parsed, context, "created", DryRun::None))
        .transpose()?;
    if name.is_empty() {
        return Err(Error::message("service account name is required"));
    }
    let mut body = Vec::new();
    json::to_compact(&mut body, &request(parsed)?);
    body.push(b'\n');
    let failed = |error: Error| Error::message(format!("failed to create token: {error}"));
    if let Some(fault) = path::namespace_fault(&namespace).or_else(|| path::name_fault(name)) {
        return Err(failed(Error::Message(fault)));
    }
    let accounts = builtin::by_kind("", "v1", "ServiceAccount").ok_or_else(|| Error::message("no service accounts"))?;
    let request = Request::post(path::of(&accounts, &namespace, name, "token"))
        .accept("application/json, */*")
        .body("application/json", body);
    let answer = context
        .client()?
        .send(request)
        .await
        .map_err(failed)?
        .bytes()
        .await
        .map_err(failed)?;
    let unreadable = |error: SyntaxError| Error::message(format!("couldn't get version/kind; json parse error: {}", error.message));
    let answer = Parser::new(&answer)
        .value_in_order()
        .map_err(|error| failed(unreadable(error)))?
        .into_owned();
    let token = answer.str_at(&["status", "token"]);
    if token.is_empty() {
        return Err(failed(Error::message("no token in server response")));
    }
    match output {
        Some(mut output) => output.print(context, answer),
        // A person gets a line; a script that puts the token into a file gets nothing but the token.
        None if context.streams().facts().output.is_some() => Ok(writeln!(context.streams().out(), "{token}")?),
        None => Ok(write!(context.streams().out(), "{token}")?),
    }
}

/// The request that the flags describe.
fn request(parsed: &Parsed) -> Result<OwnedValue> {
    let duration = parsed.signed_duration("duration");
    let audiences = parsed.strings("audience");
    if duration.is_negative() {
        return Err(Error::message("--duration must be greater than or equal to 0"));
    }
    if duration.subsec_nanos() != 0 {
        return Err(Error::message("--duration cannot be expressed in units less than seconds"));
    }
    if audiences.iter().any(String::is_empty) {
        return Err(Error::message("--audience must not be an empty string"));
    }
    token_request(TokenRequest {
        audiences,
        seconds: duration.as_secs(),
        bound_kind: parsed.string("bound-object-kind"),
        bound_name: parsed.string("bound-object-name"),
        bound_uid: parsed.string("bound-object-uid"),
    })
    .map_err(Error::Message)
}
