//! A hundred commands that do nothing, for measuring what a client's import of them costs.

use cmdlet::{Cmdlet, CommandTable, Ps, Run, Switch, Terminate};

macro_rules! hundred {
    ($($name:ident $noun:tt)*) => {
        $(
            /// Does nothing.
            #[derive(Cmdlet)]
            #[cmdlet(verb = "Invoke", noun = $noun, module = "Many")]
            #[allow(dead_code)] // what it is bound to is not looked at
            struct $name {
                #[parameter(position = 0)]
                name: Option<String>,
                #[parameter(position = 1)]
                count: Option<i32>,
                item: Option<Vec<String>>,
                #[parameter(set("Low", "Normal", "High"))]
                level: Option<String>,
                loud: Switch,
                #[parameter(pipeline)]
                input_object: Option<clixml::Value>,
            }

            impl Run for $name {
                async fn end(&mut self, _: &mut Ps<'_>) -> Result<(), Terminate> {
                    Ok(())
                }
            }
        )*

        /// The reference table with a hundred commands more.
        pub fn many() -> CommandTable {
            crate::table(false)$(.add::<$name>())*
        }
    };
}

hundred! {
    C001 "Pep001" C002 "Pep002" C003 "Pep003" C004 "Pep004" C005 "Pep005" C006 "Pep006" C007 "Pep007" C008 "Pep008" C009 "Pep009" C010 "Pep010"
    C011 "Pep011" C012 "Pep012" C013 "Pep013" C014 "Pep014" C015 "Pep015" C016 "Pep016" C017 "Pep017" C018 "Pep018" C019 "Pep019" C020 "Pep020"
    C021 "Pep021" C022 "Pep022" C023 "Pep023" C024 "Pep024" C025 "Pep025" C026 "Pep026" C027 "Pep027" C028 "Pep028" C029 "Pep029" C030 "Pep030"
    C031 "Pep031" C032 "Pep032" C033 "Pep033" C034 "Pep034" C035 "Pep035" C036 "Pep036" C037 "Pep037" C038 "Pep038" C039 "Pep039" C040 "Pep040"
    C041 "Pep041" C042 "Pep042" C043 "Pep043" C044 "Pep044" C045 "Pep045" C046 "Pep046" C047 "Pep047" C048 "Pep048" C049 "Pep049" C050 "Pep050"
    C051 "Pep051" C052 "Pep052" C053 "Pep053" C054 "Pep054" C055 "Pep055" C056 "Pep056" C057 "Pep057" C058 "Pep058" C059 "Pep059" C060 "Pep060"
    C061 "Pep061" C062 "Pep062" C063 "Pep063" C064 "Pep064" C065 "Pep065" C066 "Pep066" C067 "Pep067" C068 "Pep068" C069 "Pep069" C070 "Pep070"
    C071 "Pep071" C072 "Pep072" C073 "Pep073" C074 "Pep074" C075 "Pep075" C076 "Pep076" C077 "Pep077" C078 "Pep078" C079 "Pep079" C080 "Pep080"
    C081 "Pep081" C082 "Pep082" C083 "Pep083" C084 "Pep084" C085 "Pep085" C086 "Pep086" C087 "Pep087" C088 "Pep088" C089 "Pep089" C090 "Pep090"
    C091 "Pep091" C092 "Pep092" C093 "Pep093" C094 "Pep094" C095 "Pep095" C096 "Pep096" C097 "Pep097" C098 "Pep098" C099 "Pep099" C100 "Pep100"
}
