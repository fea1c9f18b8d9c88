// SPDX-License-Identifier: Apache-2.0
// Opens timelines in speedscope, in a headless Chromium: viewer.js MODULES CHROMIUM FILE...
// Prints for each "FILE: N threads, E errors, NAMES...", the threads being those that the viewer
// lists; the first names are of the first threads.
'use strict';
const path = require('path');
const [modules, chromium, ...files] = process.argv.slice(2);
const playwright = require(path.join(modules, 'playwright-core'));
const viewer = 'file://' + path.join(modules, 'speedscope/dist/release/index.html');

async function open(browser, file) {
	const page = await browser.newPage();
	let errors = 0;
	page.on('pageerror', () => errors++);
	page.on('console', (message) => { errors += message.type() === 'error'; });
	page.on('request', (request) => { errors += !/^(file|blob|data):/.test(request.url()); });
	await page.goto(viewer);
	await page.setInputFiles('input[type=file]', file);
	await page.waitForFunction((name) => document.title.startsWith(name), path.basename(file),
		{ timeout: 60000 });
	const names = [];
	let threads = 0;
	for (let i = 0; i < 14; i++) {
		const text = await page.evaluate(() => document.body.innerText);
		const shown = /device 0 \(pid 0\), (.*) \(tid \d+\) \((\d+)\/(\d+)\)/.exec(text);
		names.push(shown ? shown[1] : '?');
		threads = shown ? Number(shown[3]) : 0;
		await page.keyboard.press('n'); // the next thread
		await page.waitForTimeout(200);
	}
	console.log(`${path.basename(file)}: ${threads} threads, ${errors} errors, ${names.join(', ')}`);
	await page.close();
}

(async () => {
	const browser = await playwright.chromium.launch({ executablePath: chromium, headless: true,
		args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
	for (const file of files)
		await open(browser, file);
	await browser.close();
})().catch((error) => { console.log(String(error)); process.exit(1); });
