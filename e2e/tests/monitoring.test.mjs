// Metrics of a running network: what the published alerts, dashboard and documentation name is there.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parser } from '@prometheus-io/lezer-promql'
import { parse as parseYaml } from 'yaml'

import { Network, until } from '../support/network.mjs'
import { repository } from '../support/node-process.mjs'

/** What Prometheus itself adds: a metric, and the labels of every scraped one. */
const OF_PROMETHEUS = { metric: 'up', labels: ['instance', 'job'] }

const read = (...path) => readFileSync(join(repository, ...path), 'utf8')

test('what is published about metrics names those that exist', { timeout: 300_000 }, async (t) => {
  const network = await Network.start(t)
  const samples = await until('all heard each other', async () => {
    const found = await scrape(network.urls[0])
    const heard = found.get('qiantang_peer_heard') ?? []
    return heard.length === 3 && heard.every(({ value }) => value === 1) && found
  })

  await t.test('alerts name metrics that exist', () => {
    const { groups } = parseYaml(read('deploy', 'prometheus', 'alerts.yml'))
    const rules = groups.flatMap((group) => group.rules)
    assert.ok(rules.length >= 10)
    assert.equal(new Set(rules.map((rule) => rule.alert)).size, rules.length)
    for (const { alert, expr, labels, annotations } of rules) {
      checkQuery(alert, expr, samples)
      assert.match(labels.severity, /^(critical|warning)$/)
      assert.ok(annotations.summary && annotations.summary_zh, alert)
    }
  })

  await t.test('the dashboard names metrics that exist', () => {
    const dashboard = JSON.parse(read('deploy', 'grafana', 'qiantang.json'))
    assert.ok(dashboard.schemaVersion >= 39 && dashboard.title && dashboard.uid)
    const targets = dashboard.panels.flatMap((panel) =>
      (panel.targets ?? []).map((target) => [panel.title, target.expr]))
    assert.ok(targets.length >= 20)
    for (const [title, expr] of targets) checkQuery(title, expr, samples)
    for (const { query, type } of dashboard.templating.list) {
      if (type !== 'query') continue
      const [, metric] = query.query.match(/^label_values\((\w+), instance\)$/)
      assert.ok(samples.has(metric), metric)
    }
    assert.equal(new Set(dashboard.panels.map((panel) => panel.id)).size, dashboard.panels.length)
  })

  await t.test('every metric of ours is documented, and no other', () => {
    const named = read('docs', 'reference', 'metrics.md').matchAll(/`(qiantang_\w+)(?:\{[\w,]+\})?`/g)
    // The engine's names have the same page, without a table; these are JSON-RPC methods.
    const documented = [...named].map(([, name]) => name).filter((name) => name !== 'qiantang_status')
    const ours = [...samples.keys()].filter((name) => name.startsWith('qiantang_'))
    assert.deepEqual([...new Set(documented)].sort(), ours.sort())
  })
})

/** The samples of a node by metric, each with its labels. */
async function scrape(url) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const found = new Map()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name, labels = '', value] = line.match(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/)
    const names = [...labels.matchAll(/(?:^|,)(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label)
    if (!found.has(name)) found.set(name, [])
    found.get(name).push({ labels: names, value: Number(value) })
  }
  return found
}

/** Whether a query is PromQL, and names only metrics and labels that a node has. */
function checkQuery(where, query, samples) {
  const expression = query.replaceAll('$instance', '.*')
  const selected = new Set()
  let labels = new Set(OF_PROMETHEUS.labels)
  const used = []
  parser.parse(expression).iterate({
    enter({ type, from, to, node }) {
      const text = expression.slice(from, to)
      assert.ok(!type.isError, `${where}: no PromQL at ${from}: ${expression}`)
      if (type.name === 'VectorSelector') {
        const [name] = text.split('{')
        if (name.trim() === OF_PROMETHEUS.metric) return
        assert.ok(samples.has(name.trim()), `${where}: no node has ${name}`)
        selected.add(name.trim())
      }
      if (type.name === 'LabelName') used.push(text)
    },
  })
  for (const name of selected) {
    labels = new Set([...labels, ...samples.get(name).flatMap((sample) => sample.labels)])
  }
  for (const label of used) assert.ok(labels.has(label), `${where}: no metric in it has ${label}`)
}
