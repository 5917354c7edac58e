//! The endpoint's own commands, one file each.

mod action_status;
mod audit_event;
pub mod builtin;
mod close_privileged_endpoint;
mod cloud_admin;
mod get_action_status;
mod get_azure_stack_stamp_information;
mod get_cloud_admin_user_list;
mod get_third_party_notices;
mod new_cloud_admin_user;
mod power;
mod program;
mod remove_cloud_admin_user;
mod set_cloud_admin_user_password;
mod stamp;
mod start_azure_stack;
mod stop_azure_stack;
mod table;
pub mod transcripts;

pub use action_status::ActionStatus;
pub use close_privileged_endpoint::ClosePrivilegedEndpoint;
pub use cloud_admin::CloudAdminUser;
pub use get_action_status::GetActionStatus;
pub use get_azure_stack_stamp_information::GetAzureStackStampInformation;
pub use get_cloud_admin_user_list::GetCloudAdminUserList;
pub use get_third_party_notices::GetThirdPartyNotices;
pub use new_cloud_admin_user::NewCloudAdminUser;
pub use remove_cloud_admin_user::RemoveCloudAdminUser;
pub use set_cloud_admin_user_password::SetCloudAdminUserPassword;
pub use start_azure_stack::StartAzureStack;
pub use stop_azure_stack::StopAzureStack;
pub use table::table;
