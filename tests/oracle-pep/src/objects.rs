//! Commands that write objects of many kinds. The objects are the real server's own, as it sent them: .NET's types have no
//! other home here.

use clixml::{Limits, Plain, Value, read};
use cmdlet::{Cmdlet, Ps, Run, Terminate};

const KINDS: [(&str, &str); 12] = [
    ("Scalars", include_str!("../objects/scalars.clixml")),
    ("Nested", include_str!("../objects/nested.clixml")),
    ("Null", include_str!("../objects/null.clixml")),
    ("Table3", include_str!("../objects/table3.clixml")),
    ("List6", include_str!("../objects/list6.clixml")),
    ("Typed", include_str!("../objects/typed.clixml")),
    ("Hash", include_str!("../objects/hash.clixml")),
    ("Mixed", include_str!("../objects/mixed.clixml")),
    ("Class", include_str!("../objects/class.clixml")),
    ("Empty", include_str!("../objects/empty.clixml")),
    ("Array", include_str!("../objects/array.clixml")),
    ("Unicode", include_str!("../objects/unicode.clixml")),
];

/// Returns one object of many kinds.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepObject", module = "OraclePep")]
pub struct GetPepObject {
    #[parameter(
        set(
            "Scalars", "Nested", "Null", "Table3", "List6", "Typed", "Hash", "Mixed", "Class", "Empty", "Array",
            "Unicode"
        ),
        default = "Nested"
    )]
    kind: String,
}

impl Run for GetPepObject {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        write_all(ps, &self.kind).await
    }
}

/// Returns objects that have a table view.
#[derive(Cmdlet)]
#[cmdlet(verb = "Get", noun = "PepNode", module = "OraclePep")]
pub struct GetPepNode {}

impl Run for GetPepNode {
    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        write_all(ps, "Typed").await
    }
}

async fn write_all(ps: &mut Ps<'_>, kind: &str) -> Result<(), Terminate> {
    for (_, objects) in KINDS.iter().filter(|(name, _)| name.eq_ignore_ascii_case(kind)) {
        for line in objects.lines() {
            ps.write(object(line)).await?;
        }
    }
    Ok(())
}

/// One line of a file of objects; an empty one is `$null`.
#[allow(clippy::expect_used)] // the files are ours
fn object(line: &str) -> Value {
    if line.is_empty() {
        return Value::Null;
    }
    read(line, &Limits::default(), &Plain).expect("a file of ours is CLIXML")
}
