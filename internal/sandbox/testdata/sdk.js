// Runs every function of the vendor's Node SDK for v4, the npm package
// trackingmore-sdk-nodejs, against a sandbox whose address is the argument. The
// package is as it is published; only where its requests go is changed, in front
// of it. CONTRIBUTING.md has the command.
'use strict'

const http = require('http')
const https = require('https')
const sandbox = new URL(process.argv[2] || 'http://127.0.0.1:8080')

https.request = (options, answered) =>
  http.request({ ...options, hostname: sandbox.hostname, port: sandbox.port }, answered)

const TrackingMore = require('trackingmore-sdk-nodejs')
const { couriers, trackings, airWaybills } = new TrackingMore('any key')

const numbers = ['SDK000000001', 'SDK000000002', 'SDK000000003']
const of = (tracking_number) => ({ tracking_number, courier_code: 'usps' })
let failed = 0

// step calls a function and compares the code and what is looked at in the answer.
async function step (name, call, code, look, want) {
  let got
  let answer = {}
  try {
    answer = await call()
    got = { code: answer.meta.code, data: look(answer.data) }
  } catch (e) {
    got = { error: String(e) }
  }
  const ok = JSON.stringify(got) === JSON.stringify({ code, data: want })
  if (!ok) failed++
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}${ok ? '' : ': ' + JSON.stringify(got) + ', want ' + JSON.stringify({ code, data: want })}`)
  return answer.data
}

async function main () {
  await step('getAllCouriers', () => couriers.getAllCouriers(), 200, d => d.some(c => c.courier_code === 'usps' && c.courier_name === 'USPS'), true)
  await step('detect', () => couriers.detect({ tracking_number: 'RB123456785CN' }), 200, d => d[0].courier_code, 'china-ems')
  const one = await step('createTracking', () => trackings.createTracking({ ...of(numbers[0]), order_number: '', customer_name: '', title: 'T', language: 'en', note: 'test Order' }),
    200, d => [d.tracking_number, d.courier_code, d.title, d.note], [numbers[0], 'usps', 'T', 'test Order'])
  await step('createTracking again', () => trackings.createTracking(of(numbers[0])), 4101, d => d, [])
  await step('batchCreateTrackings', () => trackings.batchCreateTrackings(numbers.map(of)), 200, d => [d.success.length, d.error.map(e => e.errorCode)], [2, [4101]])
  await step('getTrackingResults', () => trackings.getTrackingResults({ tracking_numbers: numbers[0] }), 200, // its query is lost on the way: all are listed
    d => d.map(t => t.tracking_number).sort(), numbers)
  await step('updateTrackingByID', () => trackings.updateTrackingByID(one.id, { customer_name: 'New name', note: 'New test order note' }),
    200, d => [d.customer_name, d.note], ['New name', 'New test order note'])
  await step('getTrackingResults after it', () => trackings.getTrackingResults({}), 200,
    d => d.filter(t => t.id === one.id).map(t => [t.title, t.note]), [['T', 'New test order note']])
  await step('retrackTrackingByID', () => trackings.retrackTrackingByID(one.id), 4113, d => d, [])
  for (const t of (await trackings.getTrackingResults({})).data) {
    await step('deleteTrackingByID ' + t.tracking_number, () => trackings.deleteTrackingByID(t.id), 200, d => d.tracking_number, t.tracking_number)
  }
  await step('deleteTrackingByID again', () => trackings.deleteTrackingByID(one.id), 4112, d => d, [])
  await step('getTrackingResults of nothing', () => trackings.getTrackingResults({}), 200, d => d, [])
  await step('createAnAirWayBill', () => airWaybills.createAnAirWayBill({ awb_number: '235-69030430' }), 200, d => d.awb_number, '235-69030430')
  console.log(failed ? `${failed} failed` : 'all as expected')
  process.exitCode = failed ? 1 : 0
}

main()
