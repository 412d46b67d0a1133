import JSON
import Models

extension BusinessSections {
    /// One business with its keys and people.
    struct Shown {
        let tenant: JSONValue
        let plans: [JSONValue]
        let keys: [JSONValue]
        let people: [JSONValue]

        var name: String { text("name") }
        private var path: String { "\(AdministrationPages.path)/\(text("id"))" }
        private var isActive: Bool { text("status") == "active" }
        private var isDeleted: Bool { text("status") == "deleted" }

        private func text(_ name: String) -> String { tenant[name]?.string ?? "" }

        func content(_ notice: HTML?, _ visitor: Visitor) -> HTML {
            let id = text("id")
            let messages = FounderPages.path + QueryText.make([("business", id)])
            let record = RecordPages.path + QueryText.make([("business", id)])
            return """
                <div class="head"><h1>\(name)</h1>\(BusinessSections.badge(tenant))\
                <a class="btn btn-sm btn-plain end" href="\(messages)">Messages</a>\
                <a class="btn btn-sm btn-plain" href="\(record)">Record</a>\
                <a class="btn btn-sm btn-plain" href="\(AdministrationPages.path)">All businesses</a></div>
                \(notice)
                \(facts)
                \(isDeleted ? nil : settings(visitor))
                \(keyTable(visitor))
                \(peopleTable(visitor))
                \(isDeleted ? nil : closing(visitor))
                """
        }

        private var facts: HTML {
            let usage: [HTML] = (tenant["usage"]?.members ?? []).map { name, value in
                "<div><dt>\(name)</dt><dd>\(Piece.number(value.integer ?? 0))</dd></div>"
            }
            let reason: HTML? = tenant["status_reason"]?.string.map { "<div><dt>Why \(text("status"))</dt><dd>\($0)</dd></div>" }
            return """
                <section class="panel"><h2>Figures</h2><div class="inside"><dl class="facts">
                <div><dt>Slug</dt><dd>\(text("slug"))</dd></div>
                <div><dt>Since</dt><dd>\(BusinessSections.time(tenant["created_at"]))</dd></div>\(reason)\(usage)
                </dl></div></section>
                """
        }

        private func settings(_ visitor: Visitor) -> HTML {
            """
            <section class="panel"><h2>Plan and settings</h2><div class="inside">
            <form method="post" action="\(path)/change">\(FormToken.input(visitor))<div class="filters">
            \(Piece.textField("name", "Name", name))
            \(BusinessSections.choice(of: plans, chosen: text("plan")))
            \(Piece.textField("daily_quota", "Messages a day at most", tenant["daily_quota"]?.integer.map { "\($0)" } ?? "", type: "number", hint: "no limit"))
            \(Piece.textField("time_zone", "Time zone", text("time_zone")))
            \(Piece.textField("currency", "Currency", text("currency")))
            \(Piece.textField("default_region", "Country of its numbers", text("default_region"), hint: "none"))
            <div class="buttons"><button class="btn btn-main">Save</button></div></div></form></div></section>
            """
        }

        private func keyTable(_ visitor: Visitor) -> HTML {
            let form: HTML = """
                <form class="panel" method="post" action="\(path)/keys"><div class="inside filters">\(FormToken.input(visitor))
                \(field("key-name", "name", "What a new key is for", hint: "shop"))
                <div class="buttons"><button class="btn btn-plain">Make a key</button></div></div></form>
                """
            let rows: [HTML] = keys.map { key in
                let isOver = key["revoked_at"]?.string != nil
                let end: HTML =
                    isOver
                    ? "revoked \(BusinessSections.time(key["revoked_at"]))"
                    : button("keys/revoke", "key", key["id"]?.string ?? "", "Revoke", about: key["name"]?.string ?? "", visitor)
                return """
                    <tr><td class="whole"><b>\(key["name"]?.string ?? "")</b><div class="quiet small">\(key["prefix"]?.string ?? "")…</div></td>
                    <td class="small" data-label="Last used">\(BusinessSections.time(key["last_used_at"]))</td>
                    <td class="whole">\(end)</td></tr>
                    """
            }
            return "\(Panel.table("Keys", empty: "It has no key.", columns: ["Key", "Last used", "Until"], rows))\(isDeleted ? nil : form)"
        }

        private func peopleTable(_ visitor: Visitor) -> HTML {
            let roles = Role.allCases.map { Piece.option($0.rawValue, $0.rawValue, chosen: Role.viewer.rawValue) }
            let form: HTML = """
                <form class="panel" method="post" action="\(path)/people"><div class="inside filters">\(FormToken.input(visitor))
                \(field("person-email", "email", "E-mail of somebody new", type: "email"))
                <div><label class="form-label" for="role">Role</label>
                <select class="form-select" id="role" name="role">\(roles)</select></div>
                <div class="buttons"><button class="btn btn-plain">Let them in</button></div></div></form>
                """
            let rows: [HTML] = people.map { person in
                let email = person["email"]?.string ?? ""
                return """
                    <tr><td class="whole break"><b>\(email)</b><div class="quiet small">\(person["name"]?.string ?? "")</div></td>
                    <td data-label="Role">\(person["role"]?.string ?? "") · \(person["status"]?.string ?? "")</td>
                    <td class="small" data-label="Last here">\(BusinessSections.time(person["last_sign_in_at"]))</td>
                    <td class="whole">\(button("people/remove", "person", person["id"]?.string ?? "", "Remove", about: email, visitor))</td></tr>
                    """
            }
            return """
                \(Panel.table("People", empty: "Nobody can sign in to it.", columns: ["Person", "Role", "Last here", ""], rows))\
                \(isDeleted ? nil : form)
                """
        }

        private func closing(_ visitor: Visitor) -> HTML {
            let standing: HTML =
                isActive
                ? """
                <form method="post" action="\(path)/suspend">\(FormToken.input(visitor))
                <p>Its keys and people are let in no more, and nothing is sent until it is resumed. What waits is held.</p>
                \(field("suspend-reason", "reason", "Reason", hint: "invoice unpaid"))
                <button class="btn btn-danger mt-2">Suspend \(name)</button></form>
                """
                : """
                <form method="post" action="\(path)/resume">\(FormToken.input(visitor))
                <p>Its keys work again, and what was held goes out.</p>
                <button class="btn btn-main">Resume \(name)</button></form>
                """
            return """
                <section class="panel"><h2>\(isActive ? "Suspend" : "Resume")</h2><div class="inside">\(standing)</div></section>
                <section class="panel"><h2>Delete for good</h2><div class="inside">
                <form method="post" action="\(path)/delete">\(FormToken.input(visitor))
                <p>Its secrets become unreadable, its people and keys are gone, and what was not sent is cancelled. Nobody can \
                undo it.</p>
                \(field("delete-confirm", "confirm", "Write \(text("slug")) to confirm"))
                <button class="btn btn-danger mt-2">Delete \(name)</button></form></div></section>
                """
        }

        /// Several forms of the page have a field of this name.
        private func field(_ id: String, _ name: String, _ title: String, type: String = "text", hint: String = "") -> HTML {
            """
            <div><label class="form-label" for="\(id)">\(title)</label>
            <input class="form-control" id="\(id)" name="\(name)" type="\(type)" placeholder="\(hint)" autocomplete="off"></div>
            """
        }

        private func button(
            _ action: String, _ field: String, _ value: String, _ title: String, about: String, _ visitor: Visitor
        ) -> HTML {
            """
            <form method="post" action="\(path)/\(action)">\(FormToken.input(visitor))\
            <input type="hidden" name="\(field)" value="\(value)">\
            <button class="btn btn-sm btn-plain" aria-label="\(title) \(about)">\(title)</button></form>
            """
        }
    }
}
