import Models
import Storage

/// Who is signed in, where else they may go, and the way out of everywhere.
enum AccountPage {
    static func content(_ visitor: Visitor, _ members: [Member], _ isFounder: Bool) -> HTML {
        """
        <div class="head"><h1>Your account</h1></div>
        <section class="panel"><div class="inside">
        <p class="mb-0">\(words(visitor))</p>
        </div></section>
        \(elsewhere(visitor, members, isFounder))
        <section class="panel"><h2>Sign out everywhere</h2><div class="inside">
        <p class="quiet">Ends every session of yours, in every browser: after losing a device, for example.</p>
        <form method="post" action="/sign-out">\(FormToken.input(visitor))
        <input type="hidden" name="everywhere" value="yes">
        <button class="btn btn-plain">Sign out everywhere</button></form>
        </div></section>
        """
    }

    private static func words(_ visitor: Visitor) -> HTML {
        switch visitor.who {
        case .founder(let email): "You are <b>\(email)</b>, a founder: you see all businesses."
        case .user(let member):
            "You are <b>\(member.email)</b>, \(article(member.role)) of <b>\(visitor.name)</b>."
        case .key: "You are signed in with an API key of <b>\(visitor.name)</b>."
        }
    }

    private static func article(_ role: Role) -> String {
        switch role {
        case .owner: "an owner"
        case .operator_: "an operator"
        case .viewer: "a viewer"
        }
    }

    private static func elsewhere(_ visitor: Visitor, _ members: [Member], _ isFounder: Bool) -> HTML {
        var buttons: [HTML] = []
        if isFounder, visitor.who.tenantID != nil { buttons.append(button("founder", "All businesses, as a founder")) }
        for member in members where member.tenantID != visitor.who.tenantID {
            buttons.append(button("\(member.tenantID)", member.business))
        }
        if buttons.isEmpty { return .nothing }
        return """
            <section class="panel"><h2>Go on in another business</h2><div class="inside">
            <form method="post" action="/sign-in/business">\(FormToken.input(visitor))
            \(buttons)
            </form></div></section>
            """
    }

    private static func button(_ choice: String, _ title: String) -> HTML {
        "<button class=\"btn btn-plain me-2 mb-2\" name=\"as\" value=\"\(choice)\">\(title)</button>"
    }
}
