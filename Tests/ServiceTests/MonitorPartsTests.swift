import HTTPServer
import Models
import Storage
import Testing

@testable import monitor

@Suite struct MonitorPartsTests {
    @Test func textsBecomeMarkupInNoWay() {
        for value in ["<b>", "\"", "'", "&lt;", "a\u{0}b", "\u{202E}evil", "</script>", "\u{9B}"] {
            let markup: HTML = "<p title=\"\(value)\">\(value)</p>"
            let inside = markup.text.dropFirst("<p title=\"".count).dropLast("</p>".count)
            #expect(inside.count { $0 == "<" } == 0)
            #expect(inside.count { $0 == "\"" } == 1)
            #expect(!inside.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" || $0 == "\u{9B}" })
        }
        let nested: HTML = "<ul>\(["a", "b"].map { "<li>\($0)</li>" } as [HTML])</ul>"
        #expect(nested.text == "<ul><li>a</li><li>b</li></ul>")
    }

    @Test func formsAreReadAsBrowsersWriteThem() {
        #expect(FormText.fields(Array("a=1+2&b=%C3%A9%26&c=".utf8)) == ["a": "1 2", "b": "é&", "c": ""])
        for broken in ["a=%", "a=%4", "a=%zz", "a=%+1", "a=%FF"] {
            #expect(FormText.fields(Array(broken.utf8)) == nil)
        }
        let many = (0...FormText.fieldsMax).map { "n\($0)=1" }.joined(separator: "&")
        #expect(FormText.fields(Array(many.utf8)) == nil)
    }

    @Test func aPageHearsOfChangesOnceHoweverManyThereAre() async throws {
        let feed = LiveFeed()
        let tenants = [TenantID(UUIDValue(high: 1, low: 1)), TenantID(UUIDValue(high: 2, low: 2))]
        let opened = try #require(feed.open(.tenant(tenants[0])))
        let other = try #require(feed.open(.tenant(tenants[1])))
        var heard = opened.events.makeAsyncIterator()
        #expect(await heard.next()?.name == "hello")
        for _ in 0..<100 { feed.note([tenants[0]]) }
        feed.tell()
        feed.tell()
        #expect(await heard.next()?.name == "changed")
        feed.close(opened.page)
        #expect(await heard.next() == nil)
        var quiet = other.events.makeAsyncIterator()
        feed.close(other.page)
        #expect(await quiet.next()?.name == "hello")
        #expect(await quiet.next() == nil)
        #expect(feed.openPages == 0)
    }

    @Test func manyPagesTakeTurnsAndNoneIsForgotten() async throws {
        let feed = LiveFeed()
        let tenant = TenantID(UUIDValue(high: 1, low: 1))
        let pages = try (0..<LiveFeed.pagesPerInterval * 2 + 1).map { _ in try #require(feed.open(.tenant(tenant))) }
        feed.note([tenant])
        for _ in 0..<3 { feed.tell() }
        for page in pages { feed.close(page.page) }
        for page in pages {
            var heard: [String] = []
            for await event in page.events { heard.append(event.name ?? "") }
            // What was told last is all that a slow page needs.
            #expect(heard == ["changed"])
        }
        let late = try (0..<LiveFeed.pagesPerInterval + 1).map { _ in try #require(feed.open(.tenant(tenant))) }
        feed.note([tenant])
        feed.tell()
        for page in late { feed.close(page.page) }
        var last: [String] = []
        for await event in late[LiveFeed.pagesPerInterval].events { last.append(event.name ?? "") }
        #expect(last == ["hello"], "it waits for the next turn")
    }

    @Test func foundersPagesHearOfEveryBusinessMoreSeldom() async throws {
        let feed = LiveFeed()
        let page = try #require(feed.open(.platform))
        feed.note([TenantID(UUIDValue(high: 1, low: 1))])
        for _ in 1..<LiveFeed.platformIntervals { feed.tell() }
        var heard = page.events.makeAsyncIterator()
        #expect(await heard.next()?.name == "hello")
        feed.tell()
        #expect(await heard.next()?.name == "changed")
        feed.close(page.page)
        #expect(await heard.next() == nil)
    }

    @Test func openPagesAreLimited() {
        let feed = LiveFeed()
        let tenant = TenantID(UUIDValue(high: 1, low: 1))
        let pages = (0..<LiveFeed.pagesPerAudienceMax).compactMap { _ in feed.open(.tenant(tenant)) }
        #expect(pages.count == LiveFeed.pagesPerAudienceMax)
        #expect(feed.open(.tenant(tenant)) == nil)
        feed.close(pages[0].page)
        // Closing twice frees one place, not two.
        feed.close(pages[0].page)
        #expect(feed.open(.tenant(tenant)) != nil)
        #expect(feed.open(.tenant(tenant)) == nil)
    }

    @Test func percentagesNeverClaimMoreThanThereIs() {
        #expect(Piece.percent(nil) == "–")
        #expect(Piece.percent(1) == "100 %")
        #expect(Piece.percent(0.9999) == "99.9 %")
        #expect(Piece.percent(0.5) == "50 %")
        #expect(Piece.number(1_234_567) == "1,234,567")
        #expect(Piece.number(12) == "12")
    }

    @Test func aListsPlaceAndFiltersSurviveItsLinks() throws {
        let id = MessageID(UUIDValue(high: 0x7000, low: 1 << 63))
        let target = "/dashboard/whatsapp-logs?status=not_sent&phone=%2B39+340&kind=a%26b&from=2026-11-20"
        let query = try LogQuery(#require(Request(.get, target)))
        #expect(query.filter.states == [.failed, .undelivered, .expired])
        #expect(query.filter.phoneDigits == "39340")
        #expect(query.filter.kind == "a&b")
        let again = try LogQuery(#require(Request(.get, query.link("/x", before: id))))
        #expect(again.status == query.status && again.phone == query.phone && again.kind == query.kind)
        guard case .olderThan(id) = again.place else {
            Issue.record("the place got lost")
            return
        }
        for wrong in ["status=lost", "phone=1", "from=2026-13-01", "minRetries=x", "before=1", "limit=0"] {
            #expect(throws: Problem.self) { try LogQuery(#require(Request(.get, "/x?\(wrong)"))) }
        }
    }
}
