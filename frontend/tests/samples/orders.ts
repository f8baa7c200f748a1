// [DEF:orders.ts:Module]
// @COMPLEXITY: 2
// @PURPOSE: Sends an order once.

export async function order(send: () => Promise<void>): Promise<void> {
	await send();
}
