use clixml::Object;
use cmdlet::{Cmdlet, Ps, Run, Terminate, Value};

/// Counts the objects of a pipeline.
///
/// Returns one object whose Count says how many came.
///
/// # Examples
/// ```powershell
/// Get-Command | Measure-Object
/// ```
/// The number of commands.
#[derive(Cmdlet)]
#[cmdlet(
    verb = "Measure",
    noun = "Object",
    role = "Session",
    help_uri = "https://go.microsoft.com/fwlink/?LinkID=113349"
)]
pub struct MeasureObject {
    /// The objects to count.
    #[parameter(mandatory, pipeline)]
    input_object: Value,
    #[state]
    count: i32,
}

impl Run for MeasureObject {
    async fn process(&mut self, _: &mut Ps<'_>) -> Result<(), Terminate> {
        if !self.input_object.is_null() {
            self.count = self.count.saturating_add(1);
        }
        Ok(())
    }

    async fn end(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let object = Object::with_type_names(&[
            "Microsoft.PowerShell.Commands.GenericMeasureInfo",
            "Microsoft.PowerShell.Commands.MeasureInfo",
            "System.Object",
        ])
        .text("Microsoft.PowerShell.Commands.GenericMeasureInfo")
        .adapted("Count", self.count);
        let names = ["Average", "Sum", "Maximum", "Minimum", "StandardDeviation", "Property"];
        let object = names.into_iter().fold(object, |object, name| object.adapted(name, Value::Null));
        ps.write(object).await
    }
}
