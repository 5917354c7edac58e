use cmdlet::discover::complete;
use cmdlet::{Cmdlet, Ps, Run, Terminate, Value};

/// Completes a line that is being typed.
///
/// Clients call it when the Tab key is pressed. It looks up names, parameters and values of the commands of this session, and
/// nothing else.
#[derive(Cmdlet)]
#[cmdlet(name = "TabExpansion2", role = "Session", output = "System.Management.Automation.CommandCompletion")]
pub struct TabExpansion2 {
    /// The line.
    #[parameter(mandatory, position = 0, allow_empty_string)]
    input_script: String,
    /// Where the cursor stands in it, in UTF-16 units; at its end if nothing is said.
    #[parameter(position = 1)]
    cursor_column: Option<i32>,
    /// Accepted and ignored.
    #[parameter(position = 2)]
    options: Value,
}

impl Run for TabExpansion2 {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        let _ = &self.options;
        let cursor = self.cursor_column.map_or(usize::MAX, |column| usize::try_from(column).unwrap_or(0));
        let completion = complete(ps.table(), &self.input_script, cursor);
        ps.write(completion).await
    }
}
