//! The people and the work of the demo organization. All of it is made up:
//! domains end in `.example`, telephone numbers come from the ranges that are
//! kept free for fiction.

use hospes_model::member::Role;
use hospes_model::task::TaskType;

/// The organization's name.
pub(super) const ORG_NAME: &str = "Harbour & Vale (demo)";
/// The organization's time zone.
pub(super) const ORG_TIMEZONE: &str = "Europe/London";

/// A member of the organization.
pub(super) struct Person {
    pub(super) email: &'static str,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) timezone: &'static str,
    pub(super) role: Role,
}

const fn person(
    email: &'static str,
    (first_name, last_name): (&'static str, &'static str),
    timezone: &'static str,
    role: Role,
) -> Person {
    Person { email, first_name, last_name, timezone, role }
}

/// The members; the first is an administrator, the second a standard member.
pub(super) const MEMBERS: &[Person] = &[
    person("ann.archer@harbour-vale.example", ("Ann", "Archer"), "Europe/London", Role::Admin),
    person("sam.stone@harbour-vale.example", ("Sam", "Stone"), "America/New_York", Role::Standard),
    person("lea.light@harbour-vale.example", ("Lea", "Light"), "Europe/Berlin", Role::Light),
    person("priya.nair@harbour-vale.example", ("Priya", "Nair"), "Asia/Kolkata", Role::Standard),
    person("tom.quill@harbour-vale.example", ("Tom", "Quill"), "Europe/London", Role::Light),
];

/// A customer or supplier and the people there who are guests.
pub(super) struct Company {
    /// Empty for people who work for themselves.
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    pub(super) timezone: &'static str,
    /// The telephone numbers' beginning; the last two digits are a person's.
    pub(super) phone: Option<&'static str>,
    /// What is being sold to them, if anything.
    pub(super) opportunity: Option<&'static str>,
    /// First name, last name, mailbox.
    pub(super) people: [(&'static str, &'static str, &'static str); 5],
}

/// All companies: twelve, five guests each.
pub(super) const COMPANIES: &[Company] = &[
    Company {
        name: "Brightwater Logistics",
        domain: "brightwater.example",
        timezone: "America/New_York",
        phone: Some("+1 212 555 01"),
        opportunity: Some("Warehouse move 2"),
        people: [
            ("Maya", "Fielding", "maya.fielding"),
            ("Jerome", "Castile", "jerome.castile"),
            ("Dolores", "Whitcomb", "d.whitcomb"),
            ("Isaac", "Thornbury", "isaac.thornbury"),
            ("Naomi", "Pell", "naomi.pell"),
        ],
    },
    Company {
        name: "Copperfield Interiors Ltd",
        domain: "copperfield-interiors.example",
        timezone: "Europe/London",
        phone: Some("+44 20 7946 01"),
        opportunity: Some("Showroom fit-out"),
        people: [
            ("Oliver", "Marchbank", "oliver"),
            ("Imogen", "Ashdown", "imogen"),
            ("Rhys", "Pritchard-Lowe", "rhys"),
            ("Siobhán", "O'Malley", "siobhan"),
            ("Kwame", "Boateng", "kwame"),
        ],
    },
    Company {
        name: "Nordlicht Solar GmbH",
        domain: "nordlicht-solar.example",
        timezone: "Europe/Berlin",
        phone: Some("+49 30 23125 0"),
        opportunity: Some("Roof programme north"),
        people: [
            ("Jörg", "Brandmüller", "joerg.brandmueller"),
            ("Annika", "Seeliger", "annika.seeliger"),
            ("Cem", "Aydınlı", "cem.aydinli"),
            ("Friederike", "Vossbeck", "f.vossbeck"),
            ("Łukasz", "Zieliński-Rau", "lukasz"),
        ],
    },
    Company {
        name: "Atelier Belleroche",
        domain: "belleroche.example",
        timezone: "Europe/Paris",
        phone: Some("+33 1 99 00 10 "),
        opportunity: None,
        people: [
            ("Zoë", "Marchetti", "zoe"),
            ("Étienne", "Garrigue", "etienne"),
            ("Ninon", "Lacassagne", "ninon"),
            ("Baptiste", "Orsenna", "baptiste"),
            ("Aïcha", "Benmoussa", "aicha"),
        ],
    },
    Company {
        name: "Southern Cross Orchards",
        domain: "southerncross-orchards.example",
        timezone: "Australia/Sydney",
        phone: Some("+61 2 5550 10"),
        opportunity: Some("Cold store lease"),
        people: [
            ("Bronwyn", "Tallis", "bronwyn.tallis"),
            ("Lachlan", "Verity", "lachlan.verity"),
            ("Mei-Ling", "Hargreave", "mei-ling"),
            ("Tevita", "Halafihi", "tevita"),
            ("Georgia", "Pangas", "georgia.pangas"),
        ],
    },
    Company {
        name: "Fjellstrand Kajakk AB",
        domain: "fjellstrand.example",
        timezone: "Europe/Stockholm",
        phone: Some("+46 8 465 004 "),
        opportunity: None,
        people: [
            ("Søren", "Halvorsbøl", "soren"),
            ("Elsa", "Lindkvist-Ek", "elsa"),
            ("Pär", "Ådalen", "par"),
            ("Ingrid", "Tornö", "ingrid"),
            ("Yusuf", "Warsame", "yusuf"),
        ],
    },
    Company {
        name: "Quillayute Timber Co.",
        domain: "quillayute-timber.example",
        timezone: "America/Los_Angeles",
        phone: Some("+1 206 555 01"),
        opportunity: Some("Mill safety audit"),
        people: [
            ("Wren", "Castellan", "wren"),
            ("Hector", "Villanova", "hector"),
            ("June", "Okamoto-Reyes", "june"),
            ("Dale", "Prudhomme", "dale"),
            ("Tallulah", "Birch", "tallulah"),
        ],
    },
    Company {
        name: "Sakurazaka Print",
        domain: "sakurazaka-print.example",
        timezone: "Asia/Tokyo",
        phone: None,
        opportunity: None,
        people: [
            ("Haruka", "Minowa", "haruka.minowa"),
            ("Daichi", "Kurosaki", "daichi.kurosaki"),
            ("さくら", "高梨", "sakura.takanashi"),
            ("Ren", "Ōsumi", "ren.osumi"),
            ("Emi", "Fukazawa", "emi.fukazawa"),
        ],
    },
    Company {
        name: "Banyan & Reed Advisory",
        domain: "banyanreed.example",
        timezone: "Asia/Kolkata",
        phone: None,
        opportunity: Some("Annual review"),
        people: [
            ("Arjun", "Velayudhan", "arjun"),
            ("Meenakshi", "Rao", "meenakshi"),
            ("Farhan", "Qureshi", "farhan"),
            ("Leela", "D'Mello", "leela"),
            ("Vikram", "Sodhi", "vikram"),
        ],
    },
    Company {
        name: "Savana Coffee Growers",
        domain: "savana-coffee.example",
        timezone: "Africa/Nairobi",
        phone: None,
        opportunity: None,
        people: [
            ("Wanjiru", "Kamotho", "wanjiru"),
            ("Amara", "Okonjo", "amara"),
            ("Lwazi", "Mthembu-Dlala", "lwazi"),
            ("Halima", "Abdi", "halima"),
            ("Tendai", "Chikomo", "tendai"),
        ],
    },
    Company {
        name: "Clínica Monteverde",
        domain: "clinica-monteverde.example",
        timezone: "America/Sao_Paulo",
        phone: None,
        opportunity: Some("Patient intake"),
        people: [
            ("José", "Albuquerque", "jose.albuquerque"),
            ("Luísa", "Tavares", "luisa.tavares"),
            ("Thiago", "Bragança", "thiago"),
            ("Marisol", "Quintanilla", "marisol"),
            ("Inês", "Fontoura", "ines"),
        ],
    },
    Company {
        name: "",
        domain: "mailbox.example",
        timezone: "Europe/London",
        phone: Some("+44 20 7946 09"),
        opportunity: None,
        people: [
            ("Penelope", "Strand", "penny.strand+harbour"),
            ("Gus", "Fairweather", "gus.fairweather"),
            ("Beatrix", "Holloway", "bea"),
            ("Ivo", "Petrović", "ivo.petrovic"),
            // All that is known of some guests is their address.
            ("", "", "front.desk"),
        ],
    },
];

/// What guests are asked to do.
pub(super) const TASKS: &[(&str, TaskType)] = &[
    ("Sign the statement of work", TaskType::Task),
    ("Upload the proof of insurance", TaskType::Task),
    ("Approve the project plan", TaskType::Approval),
    ("Confirm the delivery address", TaskType::Task),
    ("Send the bank details for payouts", TaskType::Task),
    ("Review the security questionnaire", TaskType::Task),
    ("Read the site safety rules", TaskType::Expiring),
    ("Name a contact for invoices", TaskType::Task),
    ("Approve the final drawings", TaskType::Approval),
    ("Fill in the onboarding form", TaskType::Task),
    ("Choose a date for the kick-off call", TaskType::Task),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use hospes_model::EmailAddress;
    use hospes_model::guest::ProfileField;

    use super::*;

    #[test]
    fn there_are_sixty_different_guests_and_a_member_of_each_role() {
        let addresses: HashSet<String> = COMPANIES
            .iter()
            .flat_map(|company| company.people.map(|(_, _, mailbox)| format!("{mailbox}@{}", company.domain)))
            .collect();
        assert_eq!(addresses.len(), 60);
        assert!(addresses.iter().all(|address| EmailAddress::parse(address).is_ok()));
        for role in Role::ALL {
            assert!(MEMBERS.iter().any(|member| member.role == *role), "{role:?}");
        }
        assert_eq!((MEMBERS[0].role, MEMBERS[1].role), (Role::Admin, Role::Standard));
    }

    #[test]
    fn everything_would_pass_through_the_api() {
        for company in COMPANIES {
            let zone = ProfileField::Timezone.check(company.timezone);
            assert!(zone.is_ok_and(|zone| zone.is_some()), "{}", company.timezone);
            assert!(ProfileField::CompanyName.check(company.name).is_ok());
            let phone = company.phone.map(|phone| ProfileField::Phone1.check(&format!("{phone}99")));
            assert!(phone.is_none_or(|phone| phone.is_ok()), "{:?}", company.phone);
            for (first, last, _) in company.people {
                assert!(
                    ProfileField::FirstName.check(first).is_ok()
                        && ProfileField::LastName.check(last).is_ok()
                );
            }
        }
    }
}
