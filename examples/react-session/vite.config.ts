import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// `npm run dev` beside `npm start`: the page is Vite's, and whatever it asks for goes to the server.
const server = 'http://localhost:3000'

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/session': server, '/sessions': server, '/sign-up': server, '/notes': server } },
})
