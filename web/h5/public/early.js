// Asks for what the first page needs while the program is still on its way; shared/transport.ts takes the answers.
// Language, month and paths are as there (i18n.ts, Home.vue): what differs is asked for again, and a test counts.
(function () {
  if (window.jifenEarly) return // the program was quicker and asks by itself
  var get = function (name) { try { return localStorage.getItem(name) } catch (e) { return null } }
  var kept = get('jifen.lang')
  var lang = kept === 'en' || kept === 'zh' ? kept : navigator.language.indexOf('en') === 0 ? 'en' : 'zh'
  var early = (window.jifenEarly = {})
  function ask(path) {
    early[lang + ' ' + path] = fetch('api/v1' + path, { headers: { 'Accept-Language': lang }, credentials: 'same-origin' })
    early[lang + ' ' + path].catch(function () {}) // told to whoever takes it
  }
  ask('/session')
  if (get('jifen.who') && /^(#\/?)?$/.test(location.hash))
    ask('/me/score?since=' + new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 8) + '01')
})()
