use cmdlet::{Cmdlet, Ps, Run, Terminate};

/// The prompt of an interactive session.
///
/// Clients ask for it before each line. It ends in a blank: without one, PowerShell's line editor paints over the client's own part
/// of the prompt.
#[derive(Cmdlet)]
#[cmdlet(name = "prompt", role = "Session", output = "System.String")]
pub struct Prompt {}

impl Run for Prompt {
    async fn process(&mut self, ps: &mut Ps<'_>) -> Result<(), Terminate> {
        ps.write("PS> ").await
    }
}
