//! A transaction is gone once it is committed.

async fn transfer(db: nuages::Database) -> nuages::Result<()> {
    let tx = db.begin().await?;
    tx.commit().await?;
    tx.rollback().await
}

fn main() {}
