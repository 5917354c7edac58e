use clixml::Version;
use cmdlet::CommandTable;

use crate::action_status::ActionStatus;
use crate::builtin::builtins;
use crate::close_privileged_endpoint::ClosePrivilegedEndpoint;
use crate::cloud_admin::CloudAdminUser;
use crate::get_action_status::GetActionStatus;
use crate::get_azure_stack_log::GetAzureStackLog;
use crate::get_azure_stack_stamp_information::GetAzureStackStampInformation;
use crate::get_cloud_admin_user_list::GetCloudAdminUserList;
use crate::get_cluster_log::{FileInfo, GetClusterLog};
use crate::get_third_party_notices::GetThirdPartyNotices;
use crate::new_cloud_admin_user::NewCloudAdminUser;
use crate::remove_cloud_admin_user::RemoveCloudAdminUser;
use crate::set_cloud_admin_user_password::SetCloudAdminUserPassword;
use crate::start_azure_stack::StartAzureStack;
use crate::stop_azure_stack::StopAzureStack;
use crate::test_azure_stack::{TestAzureStack, TestFinding, TestResult};

/// Every command of the endpoint: one line each.
pub fn table() -> CommandTable {
    builtins(CommandTable::new())
        .module("PrivilegedEndpoint", Version::new(0, 0))
        .add::<ClosePrivilegedEndpoint>()
        .add::<GetActionStatus>()
        .add::<GetAzureStackStampInformation>()
        .add::<GetAzureStackLog>()
        .add::<GetCloudAdminUserList>()
        .add::<GetClusterLog>()
        .add::<GetThirdPartyNotices>()
        .add::<NewCloudAdminUser>()
        .add::<RemoveCloudAdminUser>()
        .add::<SetCloudAdminUserPassword>()
        .add::<StartAzureStack>()
        .add::<StopAzureStack>()
        .output::<ActionStatus>()
        .add::<TestAzureStack>()
        .output::<CloudAdminUser>()
        .output::<FileInfo>()
        .output::<TestFinding>()
        .output::<TestResult>()
}
