import JSON
import Models
import Testing

@testable import monitor

/// Contacts, consent and rules at a business's pages.
@Suite struct OwnerContactTests {
    private static let path = "/dashboard/contacts"

    @Test func aContactIsAddedFoundChangedAndDeleted() async throws {
        let owner = try await OwnerSite.start()
        let made = try await owner.post(
            Self.path + "/new",
            ["phone": "+393401234567", "name": "Ada", "tags": "vip, press", "attributes": "city: Rome\nvisits: 3", "consent.marketing": "opted_in"])
        let id = try owner.id(made)
        let page = try await owner.follow(made)
        for text in ["Ada", "+393401234567", "vip", "press", "Rome", "✓ marketing"] { #expect(page.text.contains(text), "\(text)") }
        #expect(try await owner.get(Self.path + "?q=Ad").text.contains("+393401234567"))
        #expect(try await !owner.get(Self.path + "?q=Bo").text.contains("+393401234567"))
        let changed = try await owner.post(
            "\(Self.path)/\(id)/edit", ["phone": "+393401234567", "name": "Ada L.", "attributes": "visits: 4"])
        let after = try await owner.follow(changed).text
        #expect(after.contains("Ada L.") && !after.contains("Rome") && !after.contains("vip"))
        let out = try await owner.follow(
            try await owner.post("\(Self.path)/\(id)/consents", ["category": "all", "status": "opted_out", "evidence": "by phone"]))
        #expect(out.text.contains("may be sent to them") && out.text.contains("by phone"))
        #expect(try await owner.get(Self.path + "/suppressions").text.contains("+393401234567"))
        _ = try await owner.follow(try await owner.post("\(Self.path)/\(id)/delete"))
        #expect(try await owner.get("\(Self.path)/\(id)").status == 404)
        await owner.stop()
    }

    @Test func aWrongNumberIsToldBesideItsField() async throws {
        let owner = try await OwnerSite.start()
        let answer = try await owner.post(Self.path + "/new", ["phone": "12", "name": "Kept"])
        #expect(answer.status == 422)
        #expect(answer.text.contains("id=\"f-phone-error\"") && answer.text.contains("value=\"Kept\""))
        await owner.stop()
    }

    @Test func aFileOfContactsIsImportedWithAReport() async throws {
        let owner = try await OwnerSite.start()
        let answer = try await owner.upload(
            Self.path + "/import", "file", "phone,name,marketing\n+393401234501,Ada,opted_in\n12,Bob,\n+393401234502,Cleo,opted_out\n")
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.text.contains("<b>2</b><span class=\"quiet small\">new"))
        #expect(answer.text.contains("<b>1</b><span class=\"quiet small\">refused"))
        #expect(try await owner.get(Self.path).text.contains("Cleo"))
        await owner.stop()
    }

    @Test func aListOfThoseNotToBeWrittenToIsKept() async throws {
        let owner = try await OwnerSite.start()
        let path = Self.path + "/suppressions"
        let wrong = try await owner.post(path, ["recipient": "x", "category": "all", "reason": "legal"])
        #expect(wrong.status == 422 && wrong.text.contains("id=\"f-recipient-error\""))
        let added = try await owner.follow(
            try await owner.post(path, ["recipient": "+393401234599", "category": "all", "reason": "legal"]))
        #expect(added.text.contains("+393401234599") && added.text.contains("The law forbids it"))
        let link = try #require(added.text.split(separator: path + "/").dropFirst().first { $0.contains("/delete") })
        let id = String(link.prefix(36))
        #expect(try await owner.get("\(path)/\(id)/delete").text.contains("+393401234599"))
        let gone = try await owner.follow(try await owner.post("\(path)/\(id)/delete"))
        #expect(!gone.text.contains("+393401234599"))
        await owner.stop()
    }

    @Test func aFormFromElsewhereOrWithoutItsTokenDoesNothing() async throws {
        let owner = try await OwnerSite.start()
        let target = Self.path + "/new"
        #expect(try await owner.site.post(target, "name=x&external_id=1", cookie: owner.cookie).status == 403)
        #expect(try await owner.site.post(target, "name=x", cookie: owner.cookie, origin: "https://evil.example").status == 403)
        #expect(try await owner.get(Self.path).text.contains("No contacts yet"))
        await owner.stop()
    }

    @Test func aReadyRuleIsTakenSwitchedOffAndChanged() async throws {
        let owner = try await OwnerSite.start()
        let path = "/dashboard/automation"
        #expect(try await owner.get(path).text.contains("No rules yet"))
        let list = try await owner.follow(try await owner.post(path + "/rules/examples", ["name": "member_registered"]))
        #expect(list.text.contains("welcome_new_member") && list.text.contains("at once"))
        let link = try #require(
            list.text.split(separator: path + "/rules/").first { $0.prefix(36).contains("-") && $0.dropFirst(36).first == "\"" })
        let own = "\(path)/rules/\(link.prefix(36))"
        #expect(try await owner.follow(try await owner.post(own + "/switch", ["enabled": ""])).text.contains(">Off</span>"))
        let fields = [
            "name": "welcome", "event_type": "MemberRegistered", "template_name": "welcome_new_member", "template_language": "en",
            "days": "-1", "relative_to": "data.starts_at", "variables": "member_name: data.member_name",
            "recipient_filter": "ticket_type: VIP", "on_repeat": "replace", "priority": "5",
        ]
        let changed = try await owner.follow(try await owner.post(own + "/edit", fields))
        #expect(changed.text.contains("1 day before data.starts_at") && changed.text.contains("ticket_type is VIP"))
        let wrong = try await owner.post(own + "/edit", fields.merging(["priority": "eleven"]) { $1 })
        #expect(wrong.status == 422 && wrong.text.contains("id=\"f-priority-error\"") && wrong.text.contains("value=\"eleven\""))
        let tried = try await owner.post(path + "/try", ["type": "Unheard", "to": "+393401234567"])
        #expect(tried.text.contains("Nothing would be sent"))
        await owner.stop()
    }

    @Test func linesOfDataAreReadAsTheyAreShown() throws {
        let json = #"{"city":"Rome","visits":3,"vip":true,"code":"007","number":"12","list":[1,2],"none":null}"#
        let object = try JSONDocument(parsing: Array(json.utf8)).root
        let text = DataLines.text(object)
        #expect(text == "city: Rome\nvisits: 3\nvip: true\ncode: 007\nnumber: \"12\"\nlist: [1,2]\nnone: null")
        #expect(String(decoding: DataLines.json(text, over: nil), as: UTF8.self) == json)
        #expect(
            String(decoding: DataLines.json("city: Bari", over: object), as: UTF8.self).contains(#""city":"Bari","visits":null"#))
    }

    @Test func formsWithFilesAreRead() {
        let type = "multipart/form-data; boundary=x"
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"l.csv\"\r\n\r\na,b\r\n1,2\r\n--x--\r\n"
        let parts = Multipart.parts(Array(body.utf8), contentType: type)
        #expect(parts?.map(\.name) == ["a", "f"])
        #expect(parts?.map(\.file) == [nil, "l.csv"])
        #expect(parts?.last.map { String(decoding: $0.content, as: UTF8.self) } == "a,b\r\n1,2")
        // Cut off anywhere, it is none.
        for count in 0..<(body.utf8.count - 4) {
            #expect(Multipart.parts(Array(body.utf8.prefix(count)), contentType: type) == nil, "\(count)")
        }
    }
}
