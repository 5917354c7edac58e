use clixml::{Object, Value};

use super::View;

/// A type that commands write: its properties, its name and its view, from one declaration. `#[derive(PsObject)]` writes it.
pub trait PsObject: Into<Value> {
    /// The .NET name it goes by.
    const TYPE_NAME: &'static str;

    /// How it is shown; without a view, by its properties.
    const VIEW: Option<View>;

    /// The object to write.
    fn into_value(self) -> Value {
        self.into()
    }
}

/// An object of notes, for the derive.
#[doc(hidden)]
pub fn note_object(
    type_names: &'static [&'static str],
    notes: impl IntoIterator<Item = (&'static str, Value)>,
) -> Value {
    Object { extended: notes.into_iter().collect(), ..Object::with_type_names(type_names) }.into()
}

#[cfg(test)]
mod tests {
    use cmdlet_derive::PsObject;

    use super::*;
    use crate::format::{Alignment, Body};

    /// A user as an author declares it.
    #[derive(PsObject)]
    #[ps_object(type_name = "Contoso.User", table(user_name(label = "User", width = 20), logons, roles))]
    struct Person {
        user_name: String,
        logons: i32,
        roles: Vec<String>,
        #[ps_object(name = "SID")]
        id: Option<i64>,
        #[ps_object(skip)]
        _internal: (),
    }

    fn user() -> Person {
        Person { user_name: "joe".into(), logons: 3, roles: vec!["a".into(), "b".into()], id: None, _internal: () }
    }

    #[test]
    fn an_output_type_is_its_name_and_its_notes_in_order() {
        let value = user().into_value();
        let object = value.as_object().unwrap();
        let names: Vec<&str> = object.type_names.iter().collect();
        assert_eq!(names, ["Contoso.User", "System.Management.Automation.PSCustomObject", "System.Object"]);
        let notes: Vec<&str> = object.extended.iter().map(|(name, _)| name).collect();
        assert_eq!(notes, ["UserName", "Logons", "Roles", "SID"]);
        assert_eq!(value.property("Roles").unwrap().as_list().unwrap().len(), 2);
        assert!(value.property("SID").unwrap().is_null());
    }

    #[test]
    fn its_view_stands_at_the_struct() {
        let view = Person::VIEW.unwrap();
        assert_eq!((view.name, view.type_names), ("User", ["Contoso.User"].as_slice()));
        let Body::Table(table) = view.body else { panic!("a table") };
        assert_eq!(table.columns[0].heading(), "User");
        assert_eq!(table.columns[0].width, 20);
        assert_eq!(table.columns[1].alignment, Alignment::Right, "numbers stand to the right");
        assert_eq!(table.columns[2].alignment, Alignment::Undefined);
    }

    #[test]
    fn a_type_without_a_view_is_shown_by_its_properties() {
        #[derive(PsObject)]
        #[ps_object(type_name = "Contoso.Pair")]
        struct Pair {
            left: i32,
        }
        assert!(Pair::VIEW.is_none());
        assert_eq!(Value::from(Pair { left: 1 }).property("Left"), Some(&Value::Int32(1)));
    }
}
