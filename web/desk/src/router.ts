import { createRouter, createWebHashHistory } from 'vue-router'
import Home from './pages/Home.vue'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: Home, meta: { title: 'home' } },
    { path: '/drafts/new', component: () => import('./pages/DraftNew.vue'), meta: { title: 'draft_new' } },
    { path: '/simulations/new', component: () => import('./pages/SimulationNew.vue'), meta: { title: 'simulation_new' } },
    { path: '/simulations/:number', component: () => import('./pages/SimulationShow.vue'), meta: { title: 'simulation' } },
    { path: '/:rest(.*)', redirect: '/' }
  ]
})
