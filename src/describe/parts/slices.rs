//! The addresses behind a service.

use super::{
    fields::{number, text},
    probes::host_and_port,
};
use crate::api::Value;

/// How many addresses are shown.
const MOST: usize = 3;

/// The addresses that are ready behind a service's port: `10.0.0.1:80,10.0.0.2:80 + 3 more...`.
pub fn addresses(slices: &[&Value<'_>], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut shown: Vec<String> = Vec::new();
    let (mut count, mut more) = (0, false);
    for slice in slices {
        let ports = slice.items_at(&["ports"]);
        // A headless service may have no ports at all.
        let ports: Vec<Option<&Value<'_>>> = match ports {
            [] => vec![None],
            ports => {
                let named = ports.iter().filter(|port| text(port, &["name"]).unwrap_or_default() == port_name);
                named.map(Some).collect()
            }
        };
        for port in ports {
            for endpoint in slice.items_at(&["endpoints"]) {
                // An address that is not ready, too, makes more of a list that is full.
                more |= shown.len() == MOST;
                if endpoint.at(&["conditions", "ready"]).and_then(Value::as_bool) == Some(false) {
                    continue;
                }
                count += 1;
                if more {
                    continue;
                }
                let address = endpoint
                    .items_at(&["addresses"])
                    .first()
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                shown.push(match port {
                    Some(port) => host_and_port(address, &number(port, &["port"]).to_string()),
                    None => address.to_owned(),
                });
            }
        }
    }
    let list = shown.join(",");
    if more { format!("{list} + {} more...", count - MOST) } else { list }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::value;

    fn slice(ready: &[bool]) -> String {
        let endpoints: Vec<String> = ready
            .iter()
            .enumerate()
            .map(|(at, ready)| format!(r#"{{"addresses":["10.0.0.{at}"],"conditions":{{"ready":{ready}}}}}"#))
            .collect();
        format!(r#"{{"ports":[{{"name":"","port":80}}],"endpoints":[{}]}}"#, endpoints.join(","))
    }

    #[test]
    fn addresses_of_many_endpoints_shows_three_and_counts_the_rest() {
        let many = value(&slice(&[true; 5]));
        assert_eq!(addresses(&[&many], ""), "10.0.0.0:80,10.0.0.1:80,10.0.0.2:80 + 2 more...");
        assert_eq!(addresses(&[&many], "other"), "");
        assert_eq!(addresses(&[], ""), "<none>");
    }

    #[test]
    fn addresses_with_an_unready_one_after_three_counts_no_more() {
        let slices = value(&slice(&[true, false, true, true, false]));
        assert_eq!(addresses(&[&slices], ""), "10.0.0.0:80,10.0.0.2:80,10.0.0.3:80 + 0 more...");
    }
}
