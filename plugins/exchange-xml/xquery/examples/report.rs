//! Makes one document of another: what was sold, by customer, the best first.
//!
//! With an argument it evaluates that as a query instead, and says what is wrong with it.

use philter_xquery::{Document, DocumentLimits, Environment, Options, Query, Result};

const REPORT: &str = r#"
    declare option output:indent "yes";
    <report>{
        for $order in /orders/order
        group by $customer := string($order/@customer)
        let $total := sum($order/total)
        order by $total descending
        return <customer name="{$customer}" orders="{count($order)}">{$total}</customer>
    }</report>"#;

const ORDERS: &str = r#"<orders>
    <order customer="Ada"><total>120</total></order>
    <order customer="Ben"><total>200</total></order>
    <order customer="Ada"><total>95.50</total></order>
</orders>"#;

fn main() {
    let query = std::env::args().nth(1).unwrap_or_else(|| REPORT.to_owned());
    match report(&query) {
        Ok(report) => print(&report),
        Err(error) => print(&error.report()),
    }
}

fn report(query: &str) -> Result<String> {
    let query = Query::compile(query, &Options::default())?;
    let orders = Document::parse(ORDERS, &DocumentLimits::default())?;
    query.serialize(&Environment { context_item: Some(orders.into()), ..Environment::default() })
}

#[allow(clippy::print_stdout, reason = "an example shows what it does")]
fn print(text: &str) {
    println!("{text}");
}
