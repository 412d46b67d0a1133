import Models
import TestSupport
import Testing

@testable import monitor

/// Templates at a business's pages.
@Suite struct OwnerTemplateTests {
    private static let path = "/dashboard/templates"
    private static let typed = [
        "name": "order_left", "language": "en", "category": "utility", "body": "Hi {{first_name}}, it has left.",
        "ex.first_name": "Ada", "b2.type": "quick_reply", "b2.text": "Thanks",
    ]

    @Test func aTemplateIsWrittenShownAndDeleted() async throws {
        let owner = try await OwnerSite.start()
        let made = try await owner.post(Self.path + "/new", Self.typed)
        let id = try owner.id(made)
        let page = try await owner.follow(made)
        #expect(page.text.contains("The draft is saved"))
        #expect(page.text.contains("Hi Ada, it has left."))
        // The third row of the form is the template's first button.
        #expect(page.text.contains("Thanks</li>"))
        let filled = try await owner.get("\(Self.path)/\(id)?v.first_name=Zo%C3%AB")
        #expect(filled.text.contains("Hi Zoë, it has left."))
        let form = try await owner.get("\(Self.path)/\(id)/edit")
        #expect(form.text.contains("Hi {{first_name}}, it has left.</textarea>"))
        #expect(try await owner.get(Self.path + "?status=draft").text.contains("order_left"))
        #expect(try await owner.follow(try await owner.post("\(Self.path)/\(id)/delete")).text.contains("is deleted"))
        #expect(try await owner.get("\(Self.path)/\(id)").status == 404)
        await owner.stop()
    }

    @Test func whatIsWrongStandsBesideItsFieldAndWhatWasTypedIsKept() async throws {
        let owner = try await OwnerSite.start()
        let wrong = Self.typed.merging(
            ["name": "Order Left", "ex.first_name": "", "b2.text": String(repeating: "x", count: 40)]) { $1 }
        let answer = try await owner.post(Self.path + "/new", wrong)
        #expect(answer.status == 422)
        #expect(answer.text.contains("value=\"Order Left\""))
        #expect(answer.text.contains("id=\"f-name-error\""))
        #expect(answer.text.contains("id=\"f-ex.first_name-error\""))
        #expect(answer.text.contains("id=\"f-b0.text-error\""))
        // One goes on typing at the first of them.
        #expect(answer.text.split(separator: " autofocus").count == 2)
        await owner.stop()
    }

    @Test func aPreviewKeepsNothing() async throws {
        let owner = try await OwnerSite.start()
        let shown = try await owner.post(Self.path + "/new/preview", Self.typed.merging(["ex.first_name": "Grace"]) { $1 })
        #expect(shown.text.contains("Hi Grace, it has left."))
        #expect(try await !owner.get(Self.path).text.contains("order_left"))
        await owner.stop()
    }

    @Test func anExampleBecomesADraft() async throws {
        let owner = try await OwnerSite.start()
        #expect(try await owner.get(Self.path + "/examples").text.contains("Start from this"))
        let page = try await owner.follow(try await owner.post(Self.path + "/examples/appointment_reminder"))
        #expect(page.text.contains("appointment_reminder") && page.text.contains("Another day"))
        await owner.stop()
    }

    @Test func whoMayOnlyLookSeesNoButtonsAndCanDoNothing() async throws {
        let owner = try await OwnerSite.start(.viewer)
        let list = try await owner.get(Self.path)
        #expect(list.status == 200)
        #expect(!list.text.contains("Write a template") && !list.text.contains("Compare with"))
        #expect(try await owner.get(Self.path + "/new").status == 403)
        #expect(try await owner.post(Self.path + "/new", Self.typed).status == 403)
        #expect(try await owner.post(Self.path + "/sync").status == 403)
        await owner.stop()
    }

    @Test func anothersTemplateIsNotFound() async throws {
        let owner = try await OwnerSite.start()
        let made = try await owner.post(Self.path + "/new", Self.typed)
        let id = try owner.id(made)
        let other = try await owner.site.signIn(owner.site.tenants.second)
        #expect(try await owner.site.get("\(Self.path)/\(id)", other).status == 404)
        #expect(try await owner.site.get("\(Self.path)/\(id)/edit", other).status == 404)
        await owner.stop()
    }

    @Test func marksOfWhatsAppBecomeMarkupAndNothingElseDoes() {
        #expect(ChatText.markup("a *b* _c_ <i>").text == "a <b>b</b> <i>c</i> &lt;i&gt;")
        #expect(ChatText.markup("2*3*4 * x *").text == "2*3*4 * x *")
        #expect(ChatText.markup("*a _b_*").text == "<b>a <i>b</i></b>")
        #expect(ChatText.markup("*a\nb*").text == "*a\nb*")
    }
}
